package explore

import (
	"fmt"
	"unicode/utf8"
)

// Action is what a key asks of the program around the browser.
type Action struct {
	Quit bool
	Save string // file to save the state in
}

// Press takes a key: a character as it is, or one of up, down, left, right,
// pgup, pgdown, home, end, enter, space, tab, esc, backspace, ctrl+u, ctrl+c.
func (b *Browser) Press(key string) Action {
	b.message = ""
	switch {
	case key == "ctrl+c":
		return Action{Quit: true}
	case b.prompt != noPrompt:
		return b.typed(key)
	case b.help:
		b.help = false
		return Action{Quit: key == "q"}
	}
	switch key {
	case "q":
		return Action{Quit: true}
	case "?", "f1":
		b.help = true
	case "s":
		b.prompt, b.input = savePrompt, b.saveAs
	case "tab", "shift+tab":
		b.focus = 1 - b.focus
	case "d":
		b.tall = !b.tall
		b.scroll()
	default:
		if !b.moved(key) && b.tree != nil {
			b.browsed(key)
		}
	}
	return Action{}
}

// moved takes the keys that go up and down.
func (b *Browser) moved(key string) bool {
	page := max(b.layout().body-1, 1)
	by, ok := map[string]int{
		"up": -1, "k": -1, "down": 1, "j": 1, "pgup": -page, "pgdown": page, "ctrl+b": -page, "ctrl+f": page,
		"home": -maxRows * 2, "g": -maxRows * 2, "end": maxRows * 2, "G": maxRows * 2,
	}[key]
	if ok {
		b.move(by)
	}
	return ok
}

// browsed takes the keys that need files.
func (b *Browser) browsed(key string) {
	switch key {
	case "1", "2", "3":
		b.list = list(key[0] - '1')
		b.focus = filesPane
		b.scroll()
	case "/":
		b.prompt, b.input = searchPrompt, ""
	case "n":
		b.next(1)
	case "N", "p":
		b.next(-1)
	case "]":
		b.nextFinding(1)
	case "[":
		b.nextFinding(-1)
	case "v":
		b.below = !b.below
		if b.layer == 0 {
			b.message = "choose a layer first: all layers are shown together"
		}
		b.show()
	case "m":
		b.layer = 0
		b.show()
	case "c":
		b.filter.Changed = !b.filter.Changed
		b.show()
	case "w":
		b.filter.Wasted = !b.filter.Wasted
		b.show()
	case "f":
		b.filter.Findings = !b.filter.Findings
		b.show()
	case "o":
		b.order = (b.order + 1) % orders
		b.show()
		b.message = "sorted by " + b.order.String()
	case "esc":
		b.clear()
	default:
		b.folded(key)
	}
}

// clear takes back filters and search.
func (b *Browser) clear() {
	b.filter, b.query, b.list = filter{}, "", filesList
	b.show()
}

// folded takes the keys that open and close.
func (b *Browser) folded(key string) {
	if b.focus == layersPane {
		if key == "right" || key == "enter" || key == "l" {
			b.focus = filesPane
		}
		return
	}
	id, ok := b.selected()
	if b.list != filesList {
		switch {
		case key == "enter" && ok:
			b.reveal(id)
		case key == "enter" && b.list == findingsList && b.length() > 0:
			b.layer = min(max(b.places.all[b.cursor[b.list]].At.Layer+1, 0), len(b.image.Layers))
			b.focus = layersPane
			b.show()
		case key == "left" || key == "h":
			b.list = filesList
			b.scroll()
		}
		return
	}
	if !ok {
		return
	}
	switch key {
	case "right", "l":
		if b.unfolded(id) && b.folder(id) {
			b.move(1)
		}
		b.fold(id, true)
	case "left", "h":
		if b.unfolded(id) && b.folder(id) {
			b.fold(id, false)
		} else if up := b.tree.parent(id); up != 0 {
			b.goTo(up, false)
		}
	case "enter", "space":
		b.fold(id, !b.unfolded(id))
	case "e":
		b.foldAll(id, true)
	case "E":
		b.foldAll(0, false)
		b.goTo(id, false)
	}
	b.scroll()
}

// typed takes keys while something is being typed.
func (b *Browser) typed(key string) Action {
	switch key {
	case "esc":
		b.prompt = noPrompt
		if b.query != "" {
			b.query, b.matches = "", nil
		}
		return Action{}
	case "enter":
		was := b.prompt
		b.prompt = noPrompt
		if was == savePrompt {
			if b.input == "" {
				return Action{}
			}
			b.saveAs = b.input
			return Action{Save: b.input}
		}
		b.search(b.input)
		b.next(0)
		return Action{}
	case "backspace":
		_, n := utf8.DecodeLastRuneInString(b.input)
		b.input = b.input[:len(b.input)-n]
	case "ctrl+u":
		b.input = ""
	case "space":
		b.input += " "
	default:
		if utf8.RuneCountInString(key) != 1 {
			return Action{}
		}
		b.input += key
	}
	b.retyped()
	return Action{}
}

// Type takes text that was pasted.
func (b *Browser) Type(text string) {
	if b.prompt == noPrompt {
		return
	}
	for _, r := range text {
		if r >= ' ' && r != 0x7f && len(b.input) < maxPath {
			b.input += string(r)
		}
	}
	b.retyped()
}

// searchAsTyped is how many paths are searched again at each key.
const searchAsTyped = 400_000

func (b *Browser) retyped() {
	if b.prompt == searchPrompt && b.tree.Len() <= searchAsTyped {
		b.search(b.input)
		b.next(0)
	}
}

// nextFinding goes to the next or last finding that is at a path, the worst
// first.
func (b *Browser) nextFinding(by int) {
	n := len(b.places.all)
	i := b.cursor[findingsList]
	if id, ok := b.selected(); !ok || b.list != findingsList && !b.isAt(i, id) {
		i -= max(by, 0) // not there yet: begin with the one that is marked
	}
	for range n {
		i = ((i+by)%n + n) % n
		if id := b.places.nodes[i]; id != 0 {
			b.cursor[findingsList] = i
			b.reveal(id)
			f := b.places.all[i]
			b.message = fmt.Sprintf("finding %d of %d: %s %s", i+1, n, f.Severity, f.ID)
			return
		}
	}
	b.message = "no finding is at a file"
	if !b.scanned {
		b.message = "no findings yet"
	}
}

func (b *Browser) isAt(i int, id nodeID) bool {
	return i < len(b.places.nodes) && b.places.nodes[i] == id
}
