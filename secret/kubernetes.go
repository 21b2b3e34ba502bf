package secret

import "bytes"

// maxManifest is how much of a manifest is read on each side of its kind.
const maxManifest = 8 << 10

// readKubernetesSecret reads the values of a Secret of Kubernetes: those below
// data and stringData in the document whose kind it is.
func readKubernetesSecret(w *window, at int) []candidate {
	if at > w.lo && !bytes.HasSuffix(w.lineTo(at), []byte("\n")) && len(bytes.TrimSpace(w.lineTo(at))) > 0 {
		return nil
	}
	i := w.skip(at+len("kind:"), " \t\"'")
	if !foldedPrefix(w.text[i:w.hi], "secret") {
		return nil
	}
	if i = w.skip(i+len("secret"), "\"' \t\r"); i < w.hi && w.text[i] != '\n' && w.text[i] != '#' {
		return nil
	}
	lo, hi := max(w.lo, at-maxManifest), min(w.hi, at+maxManifest)
	if n := bytes.LastIndex(w.text[lo:at], []byte("\n---")); n >= 0 {
		lo += n + 4
	}
	if n := bytes.Index(w.text[at:hi], []byte("\n---")); n >= 0 {
		hi = at + n
	}
	w.work.spent += 4 * int64(hi-lo)
	var found []candidate
	inside, block := false, false
	for i := lo; i < hi && len(found) < 100; {
		end := hi
		if n := bytes.IndexByte(w.text[i:hi], '\n'); n >= 0 {
			end = i + n
		}
		line := w.text[i:end]
		indented := len(line) > 0 && isBlank(line[0])
		switch {
		case len(bytes.TrimSpace(line)) == 0:
		case !indented && !bytes.HasPrefix(line, []byte("#")):
			key, _, _ := bytes.Cut(line, []byte(":"))
			key = bytes.Trim(key, "\"' ")
			inside, block = string(key) == "data" || string(key) == "stringData", false
		case inside && !bytes.HasPrefix(bytes.TrimSpace(line), []byte("#")):
			var c candidate
			var ok bool
			if c, ok, block = w.manifestValue(i, end, block); ok {
				found = append(found, c)
			}
		}
		i = end + 1
	}
	return found
}

// lineTo is the part of the line before i.
func (w *window) lineTo(i int) []byte {
	from := max(w.lo, i-maxName)
	if n := bytes.LastIndexByte(w.text[from:i], '\n'); n >= 0 {
		from += n + 1
	}
	return w.text[from:i]
}

// manifestValue reads a line of a map of values; block says that it is the text
// of a block that an earlier line began.
func (w *window) manifestValue(from, to int, block bool) (c candidate, ok, next bool) {
	start := from
	if !block {
		colon := bytes.IndexByte(w.text[from:to], ':')
		if colon < 0 {
			return c, false, false
		}
		start = from + colon + 1
	}
	start = w.skip(start, " \t\"'")
	value := bytes.TrimRight(w.text[min(start, to):to], " \t\r\"'")
	if !block && (bytes.HasPrefix(value, []byte("|")) || bytes.HasPrefix(value, []byte(">"))) {
		return c, false, true
	}
	if len(value) < 10 || decodeBase64(value) == nil {
		return c, false, false
	}
	return span(start, start+len(value)), true, false
}
