// Package dockerfile reads Dockerfiles without losing a byte: every token knows
// its line and column, nothing unknown is an error, and what cannot be
// understood is a Problem at its place while the rest is read on. The language
// is that of the Dockerfile reference and of BuildKit's parser.
package dockerfile

import "sync"

// Pos is a place in a file. Offset counts bytes from 0; Line and Column count
// from 1, Column in bytes.
type Pos struct{ Offset, Line, Column int }

// Span is a run of the file, End exclusive.
type Span struct{ Start, End Pos }

// File is a Dockerfile.
type File struct {
	Source       []byte         // in UTF-8 without a byte order mark, with its own line ends; edits refer to it
	Encoding     Encoding       // what the file was written in; see Encode
	Escape       byte           // '\\' or '`'
	Directives   []Directive    // parser directives at the top: syntax, escape, check
	Comments     []Comment      // all comments, also those between continuation lines
	Instructions []*Instruction // in their order, those before the first FROM too
	Stages       []*Stage
	Problems     []Problem // what could not be understood, in the order of their places
	Binary       bool      // there is a NUL byte, so this is no text file and not to be mended

	once   sync.Once
	tables *tables // made when first asked for
}

// Directive is a parser directive, "# escape=`".
type Directive struct {
	Name, Value string // name in lower case
	Span        Span
}

// Comment is one comment line; Text is what follows the "#", trimmed. A parser
// directive is no comment.
type Comment struct {
	Text string
	Span Span // from the "#" to the end of the line
}

// Problem is something that BuildKit would refuse, or that cannot be understood.
type Problem struct {
	Span    Span
	Message string
}

// Stage is a FROM and what follows it up to the next.
type Stage struct {
	Index        int
	From         *Instruction
	Image        string         // as written, variables and all
	Name         string         // after AS, as written; empty without
	Platform     string         // value of --platform, as written
	Instructions []*Instruction // From is the first
}

// Form says how the arguments of an instruction are written.
type Form int

// The forms of arguments.
const (
	ShellForm Form = iota // words, or the text of a shell command
	JSONForm              // a JSON array of strings
)

// Instruction is one instruction with everything that belongs to it.
type Instruction struct {
	Name     string // in upper case: "RUN"
	Span     Span   // from the name to the end of the last line, here-documents included
	NameSpan Span
	Stage    *Stage // nil before the first FROM
	Flags    []Flag // --name or --name=value before the arguments, unknown ones too
	Form     Form
	// Text is everything after the flags with continuation lines joined as
	// BuildKit joins them and comments between them left out. At gives the
	// place in the file of an offset in Text.
	Text string
	// Args are the words of Text: split at blanks with quotes kept as written
	// in ShellForm, the strings of the array in JSONForm. RUN, CMD, ENTRYPOINT
	// and SHELL in ShellForm, USER, WORKDIR, STOPSIGNAL and MAINTAINER have the
	// one word Text. HEALTHCHECK has CMD or NONE first and then its command as
	// CMD has it. ENV and LABEL in the form "key value" have these two words.
	Args []Word
	// Heredocs are those of RUN, COPY and ADD. An ONBUILD and the instruction
	// inside it share them.
	Heredocs []Heredoc
	// Blank are the empty lines between its continuation lines.
	Blank []Span
	// OnBuild is the instruction inside an ONBUILD; its Stage is this one's.
	OnBuild *Instruction

	line   *logical // what the instruction was read from
	start  int      // offset of Text in line
	index  int      // in File.Instructions
	escape byte
}

// Word is an argument. Text is as written; in JSONForm it is the value of the
// string, while Span includes its quotes.
type Word struct {
	Text   string
	Span   Span
	Offset int // where the word starts in the Text of its instruction; see SpanOf
}

// Flag is an option of an instruction, "--mount=type=cache,target=/x". Quotes
// and escapes in it are resolved.
type Flag struct {
	Name      string // without dashes: "mount"
	Value     string
	HasValue  bool
	Span      Span
	ValueSpan Span // of the value as written; empty and at the end without one
}

// Heredoc is a here-document.
type Heredoc struct {
	Name    string // the word that ends it
	Expand  bool   // variables in it are expanded: the word was not quoted
	Chomp   bool   // <<-: leading tabs are stripped
	FD      int    // file descriptor before <<; 0 where none is written
	Content string // as written, leading tabs included
	Span    Span   // of the content, without the line that ends it
	Open    Span   // of the word that opens it, "<<EOF"
	Close   Span   // of the line that ends it; empty where it is missing
}
