package image

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// TestToken pulls as from Docker Hub: a token is had from another path and runs
// out midway, and blobs lie on another host, which must not see the token.
func TestToken(t *testing.T) {
	reg := newTestRegistry(t)
	img := testImage(t)
	ref := reg.push(t, img, "shop")
	var elsewhere, leaks atomic.Int64
	plain := newTestRegistry(t)
	plain.push(t, img, "shop")
	content := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		elsewhere.Add(1)
		if r.Header.Get("Authorization") != "" {
			leaks.Add(1)
		}
		http.Redirect(w, r, "http://"+plain.host+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	defer content.Close()
	var tokens atomic.Int64
	var uses atomic.Int64
	reg.set(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.URL.Path == "/token" {
			if scope := r.URL.Query().Get("scope"); scope != "repository:shop:pull" {
				t.Errorf("scope is %q", scope)
			}
			fmt.Fprintf(w, `{"token":"t%d"}`, tokens.Add(1))
			return
		}
		if r.Header.Get("Authorization") != fmt.Sprintf("Bearer t%d", tokens.Load()) || uses.Add(1)%3 == 0 {
			w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="http://%s/token",service="test",scope="repository:shop:pull"`, reg.host))
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if strings.Contains(r.URL.Path, "/blobs/") {
			http.Redirect(w, r, content.URL+r.URL.Path, http.StatusTemporaryRedirect)
			return
		}
		next.ServeHTTP(w, r)
	})
	same(t, open(t, ref, quick(nil)), img)
	if elsewhere.Load() != 4 || leaks.Load() > 0 {
		t.Errorf("%d blobs from elsewhere, %d with the token", elsewhere.Load(), leaks.Load())
	}
	if tokens.Load() < 2 {
		t.Errorf("%d tokens", tokens.Load())
	}
}
