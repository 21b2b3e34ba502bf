package report

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// source is what the source text of a package says that its types do not.
type source struct {
	docs  map[string]string   // comments of types, "Target", and of fields, "Target.Ref"
	words map[string][]string // the constants of a string type in their order
}

// source reads a package of this module, once.
func (s *schemas) source(pkg string) (*source, error) {
	if src := s.sources[pkg]; src != nil {
		return src, nil
	}
	files, err := fs.Glob(s.root, path.Base(pkg)+"/*.go")
	if err != nil || len(files) == 0 {
		return nil, errors.Join(err, fmt.Errorf("no Go files of %s below the root", pkg))
	}
	src := &source{docs: map[string]string{}, words: map[string][]string{}}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := fs.ReadFile(s.root, name)
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, decl := range file.Decls {
			if decl, ok := decl.(*ast.GenDecl); ok {
				src.read(decl)
			}
		}
	}
	s.sources[pkg] = src
	return src, nil
}

func (s *source) read(decl *ast.GenDecl) {
	for _, spec := range decl.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			s.docs[spec.Name.Name] = comment(spec.Doc, decl.Doc)
			if object, ok := spec.Type.(*ast.StructType); ok {
				for _, field := range object.Fields.List {
					for _, name := range field.Names {
						s.docs[spec.Name.Name+"."+name.Name] = comment(field.Doc, field.Comment)
					}
				}
			}
		case *ast.ValueSpec:
			kind, ok := spec.Type.(*ast.Ident)
			if decl.Tok != token.CONST || !ok {
				continue
			}
			for _, value := range spec.Values {
				if literal, ok := value.(*ast.BasicLit); ok && literal.Kind == token.STRING {
					if word, err := strconv.Unquote(literal.Value); err == nil {
						s.words[kind.Name] = append(s.words[kind.Name], word)
					}
				}
			}
		}
	}
}

// comment is the first of several comments that says something, on one line.
func comment(groups ...*ast.CommentGroup) string {
	for _, g := range groups {
		if text := strings.Join(strings.Fields(g.Text()), " "); text != "" {
			return text
		}
	}
	return ""
}
