package report

import "io"

// sonarWriter writes SonarQube's generic format for issues of other tools.
var sonarWriter = Writer{
	Name:  "sonarqube",
	Doc:   "SonarQube's format for issues from outside",
	Write: writeSonar,
}

type sonarReport struct {
	Issues []sonarIssue `json:"issues"`
}

type sonarIssue struct {
	Engine   string        `json:"engineId"`
	Rule     string        `json:"ruleId"`
	Severity string        `json:"severity"`
	Type     string        `json:"type"`
	Location sonarLocation `json:"primaryLocation"`
}

type sonarLocation struct {
	Message string     `json:"message"`
	File    string     `json:"filePath"`
	Range   sonarRange `json:"textRange"`
}

type sonarRange struct {
	StartLine   int `json:"startLine"`
	EndLine     int `json:"endLine"`
	StartColumn int `json:"startColumn"`
	EndColumn   int `json:"endColumn"`
}

func writeSonar(w io.Writer, r *Report, _ Options) error {
	doc := sonarReport{Issues: []sonarIssue{}}
	for _, i := range r.issues() {
		kind := "CODE_SMELL"
		if i.severity == "error" {
			kind = "BUG"
		}
		doc.Issues = append(doc.Issues, sonarIssue{
			Engine: "Hadolint", Rule: i.code, Type: kind,
			Severity: map[string]string{"error": "CRITICAL", "warning": "MAJOR", "info": "MINOR", "style": "INFO"}[i.severity],
			Location: sonarLocation{i.message, i.file, sonarRange{i.line, i.line, 0, 1}},
		})
	}
	return encodeLine(w, doc)
}
