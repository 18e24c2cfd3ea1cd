package reporters

import (
	"go/ast"
	"go/parser"
	"go/token"
	"html/template"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template/parse"

	. "github.com/onsi/gomega"

	"github.com/smart-conformance/smartcheck/internal/locale"
)

// TestReportIsTranslated counts the texts of the report that a language lacks: none.
func TestReportIsTranslated(t *testing.T) {
	g := NewWithT(t)
	texts := append(textsOfTemplates(t), textsOfCode(t)...)
	for _, words := range trustInWords {
		texts = append(texts, words)
	}
	for _, verdict := range []Verdict{Conformant, NonConformant, NotJudged} {
		texts = append(texts, string(verdict))
	}
	g.Expect(len(texts)).To(BeNumerically(">", 100), "the texts are found at all")
	g.Expect(texts).To(ContainElements("Findings", "Screenshot of page %d: %s", "warning", "Pages of the journey %s"))
	var missing []string
	for _, text := range texts {
		translated, ok := locale.TraditionalChinese.Lookup(text)
		if !ok {
			missing = append(missing, text)
			continue
		}
		g.Expect(verbs.FindAllString(translated, -1)).To(Equal(verbs.FindAllString(text, -1)), text)
	}
	g.Expect(missing).To(BeEmpty(), "add them to internal/locale/zh-Hant/report.po")
}

var verbs = regexp.MustCompile(`%[a-z]`)

// textsOfTemplates are the texts that the templates ask for with t and f.
func textsOfTemplates(t *testing.T) []string {
	t.Helper()
	stub := func(string, ...any) string { return "" }
	all, err := template.New("").Funcs(template.FuncMap{"t": stub, "f": stub}).ParseFS(htmlFiles, "html/*.html")
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, one := range all.Templates() {
		if one.Tree != nil {
			walkTemplate(one.Tree.Root, func(command *parse.CommandNode) {
				name, ok := command.Args[0].(*parse.IdentifierNode)
				if !ok || name.Ident != "t" && name.Ident != "f" {
					return
				}
				text, ok := command.Args[1].(*parse.StringNode)
				if !ok {
					t.Errorf("%s asks for a text that is not written out", command)
					return
				}
				texts = append(texts, text.Text)
			})
		}
	}
	return texts
}

func walkTemplate(node parse.Node, visit func(*parse.CommandNode)) {
	branch := func(b parse.BranchNode) {
		walkTemplate(b.Pipe, visit)
		walkTemplate(b.List, visit)
		if b.ElseList != nil {
			walkTemplate(b.ElseList, visit)
		}
	}
	switch n := node.(type) {
	case *parse.ListNode:
		for _, one := range n.Nodes {
			walkTemplate(one, visit)
		}
	case *parse.ActionNode:
		walkTemplate(n.Pipe, visit)
	case *parse.IfNode:
		branch(n.BranchNode)
	case *parse.RangeNode:
		branch(n.BranchNode)
	case *parse.WithNode:
		branch(n.BranchNode)
	case *parse.TemplateNode:
		if n.Pipe != nil {
			walkTemplate(n.Pipe, visit)
		}
	case *parse.PipeNode:
		for _, command := range n.Cmds {
			visit(command)
			for _, argument := range command.Args {
				walkTemplate(argument, visit)
			}
		}
	}
}

// textsOfCode are the texts that the code of the report asks for, or marks with message.
func textsOfCode(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("html*.go")
	if err != nil {
		t.Fatal(err)
	}
	files = slices.DeleteFunc(files, func(name string) bool { return strings.HasSuffix(name, "_test.go") })
	var texts []string
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			if call, ok := node.(*ast.CallExpr); ok && asksForText(call) {
				if literal, ok := call.Args[0].(*ast.BasicLit); ok {
					text, err := strconv.Unquote(literal.Value)
					if err != nil {
						t.Fatal(err)
					}
					texts = append(texts, text)
				}
			}
			return true
		})
	}
	return texts
}

func asksForText(call *ast.CallExpr) bool {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name == "message"
	case *ast.SelectorExpr:
		receiver, ok := f.X.(*ast.Ident)
		return ok && receiver.Name == "v" && (f.Sel.Name == "Text" || f.Sel.Name == "Format")
	}
	return false
}
