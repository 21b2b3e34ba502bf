package secret

import "bytes"

// maxCommand is how much of a command line is read, in bytes.
const maxCommand = 2 << 10

// arguments calls take with each argument that follows one of the options of
// the command at a place, up to the end of its line; a backslash before the end
// continues it.
func (w *window) arguments(at int, options []string, take func(from, to int)) {
	limit := min(w.hi, at+maxCommand)
	w.work.spent += maxCommand
	found := 0
	for i := at; i < limit && found < 16; i++ {
		switch c := w.text[i]; {
		case c == '\n' && w.text[i-1] != '\\' && !(w.text[i-1] == '\r' && w.byteAt(i-2) == '\\'):
			return
		case c != '-' || !isSpace(w.byteAt(i-1)):
			continue
		}
		for _, o := range options {
			if !bytes.HasPrefix(w.text[i:limit], []byte(o)) {
				continue
			}
			from := i + len(o)
			if len(o) > 2 && !isBlank(w.byteAt(from)) && w.byteAt(from) != '=' {
				continue
			}
			from = w.skip(from, " =\t")
			to := w.argument(from, limit)
			take(from, to)
			found++
			i = to - 1
			break
		}
	}
}

// argument is the end of the word of a shell that begins at i.
func (w *window) argument(i, limit int) int {
	quote := byte(0)
	for ; i < limit; i++ {
		c := w.text[i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case isSpace(c):
			return i
		}
		if c == '\n' {
			return i
		}
	}
	return i
}

// trim narrows a range by quotes and blanks at both ends.
func (w *window) trim(from, to int) (int, int) {
	for from < to && (isQuote(w.text[from]) || isSpace(w.text[from])) {
		from++
	}
	for to > from && (isQuote(w.text[to-1]) || isSpace(w.text[to-1])) {
		to--
	}
	return from, to
}

// readCurlUser reads the password of curl -u user:password.
func readCurlUser(w *window, at int) []candidate {
	if !w.opensWord(at) {
		return nil
	}
	var found []candidate
	w.arguments(at, []string{"-u", "--user"}, func(from, to int) {
		colon := bytes.IndexByte(w.text[from:to], ':')
		if colon < 0 {
			return
		}
		start, end := w.trim(from+colon+1, to)
		userStart, userEnd := w.trim(from, from+colon)
		password := w.text[start:end]
		if len(password) < 4 || w.text[userEnd-1] == '<' || bytes.ContainsAny(password, "$<>[") || bytes.HasPrefix(password, []byte("{{")) {
			return
		}
		if weakPassword(password) || bytes.EqualFold(password, w.text[userStart:userEnd]) || entropy(password) < 2 {
			return
		}
		c := span(start, end)
		c.matchStart = from
		c.sample = !plausiblePassword(bytes.Trim(password, "{}"))
		found = append(found, c)
	})
	return found
}

// readCurlHeader reads the token of curl -H "Authorization: Bearer …" and of
// other headers that carry one.
func readCurlHeader(w *window, at int) []candidate {
	if !w.opensWord(at) {
		return nil
	}
	var found []candidate
	w.arguments(at, []string{"-H", "--header"}, func(from, to int) {
		from, to = w.trim(from, to)
		colon := bytes.IndexByte(w.text[from:to], ':')
		if colon < 0 {
			return
		}
		name := w.text[from : from+colon]
		words := nameWords(name)
		if len(words) == 0 || !secretName(name) && words[len(words)-1] != "key" && words[len(words)-1] != "token" {
			return
		}
		start, end := w.trim(from+colon+1, to)
		for _, scheme := range [...]string{"basic ", "bearer ", "token ", "apikey ", "digest "} {
			if foldedPrefix(w.text[start:end], scheme) {
				start, end = w.trim(start+len(scheme), end)
				break
			}
		}
		value := w.text[start:end]
		if len(value) < 8 || bytes.ContainsAny(value, "$<>[]{} ()*") || weakPassword(value) || entropy(value) < 2.75 || !bytes.ContainsAny(value, "0123456789") && !random(value) {
			return
		}
		c := span(start, end)
		c.matchStart = from
		found = append(found, c)
	})
	return found
}
