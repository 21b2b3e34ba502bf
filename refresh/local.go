package refresh

import (
	"net/http"
	"net/url"
)

// local reports whether a source is a directory or a file of this machine, named
// by its path or as a file URL: no network is needed to ask it.
func local(source string) bool {
	u, err := url.Parse(source)
	return source != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https")
}

// asker is the client to ask sources with. Offline a copy on this machine can be
// read, but whatever its files refer to elsewhere is out of reach.
func asker(client *http.Client, offline bool) *http.Client {
	if offline {
		return &http.Client{Transport: nobody{}}
	}
	return client
}

type nobody struct{}

// RoundTrip refuses.
func (nobody) RoundTrip(*http.Request) (*http.Response, error) { return nil, ErrOffline }
