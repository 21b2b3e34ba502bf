package report

import "github.com/plimsoll/plimsoll/finding"

// The part of SARIF 2.1.0 that is written, named as the specification names it
// (https://docs.oasis-open.org/sarif/sarif/v2.1.0/, section 3).

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool        sarifTool                        `json:"tool"`
	Invocations []sarifInvocation                `json:"invocations"`
	BaseIDs     map[string]sarifArtifactLocation `json:"originalUriBaseIds,omitempty"`
	ColumnKind  string                           `json:"columnKind"`
	Results     []sarifResult                    `json:"results"`
	Properties  sarifTarget                      `json:"properties"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name           string            `json:"name"`
	Version        string            `json:"version,omitempty"`
	InformationURI string            `json:"informationUri"`
	Rules          []sarifRule       `json:"rules"`
	Notifications  []sarifDescriptor `json:"notifications"`
}

type sarifDescriptor struct {
	ID               string    `json:"id"`
	ShortDescription sarifText `json:"shortDescription,omitzero"`
}

type sarifRule struct {
	ID                   string             `json:"id"`
	ShortDescription     sarifText          `json:"shortDescription"`
	FullDescription      sarifText          `json:"fullDescription"`
	DefaultConfiguration sarifConfiguration `json:"defaultConfiguration"`
	HelpURI              string             `json:"helpUri,omitempty"`
	Help                 sarifText          `json:"help"`
	Properties           sarifRuleFacts     `json:"properties"`
}

type sarifConfiguration struct {
	Level string `json:"level"`
}

// sarifRuleFacts are what GitHub's code scanning reads: the score as a string.
type sarifRuleFacts struct {
	SecuritySeverity string   `json:"security-severity,omitempty"`
	Severity         string   `json:"severity"`
	Aliases          []string `json:"aliases,omitempty"`
	Tags             []string `json:"tags"`
}

type sarifText struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown,omitempty"`
}

type sarifResult struct {
	RuleID              string             `json:"ruleId"`
	RuleIndex           int                `json:"ruleIndex"`
	Level               string             `json:"level"`
	Rank                int                `json:"rank,omitempty"`
	Message             sarifText          `json:"message"`
	Locations           []sarifLocation    `json:"locations"`
	PartialFingerprints map[string]string  `json:"partialFingerprints,omitempty"`
	Suppressions        []sarifSuppression `json:"suppressions"`
	Properties          sarifResultFacts   `json:"properties"`
}

type sarifResultFacts struct {
	Kind      string `json:"kind"`
	Severity  string `json:"severity"`
	PURL      string `json:"purl,omitempty"`
	Installed string `json:"installedVersion,omitempty"`
	Fixed     string `json:"fixedVersion,omitempty"`
	Status    string `json:"status,omitempty"`

	Exploit finding.Exploit `json:"exploit,omitzero"`
}

type sarifLocation struct {
	Physical sarifPhysicalLocation  `json:"physicalLocation"`
	Logical  []sarifLogicalLocation `json:"logicalLocations,omitempty"`
}

type sarifPhysicalLocation struct {
	Artifact sarifArtifactLocation `json:"artifactLocation"`
	Region   sarifRegion           `json:"region,omitzero"`
}

type sarifArtifactLocation struct {
	URI         string    `json:"uri"`
	BaseID      string    `json:"uriBaseId,omitempty"`
	Description sarifText `json:"description,omitzero"`
}

type sarifRegion struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn,omitempty"`
	EndLine     int `json:"endLine,omitempty"`
}

type sarifLogicalLocation struct {
	Name               string `json:"name"`
	FullyQualifiedName string `json:"fullyQualifiedName,omitempty"`
	Kind               string `json:"kind"`
}

type sarifSuppression struct {
	Kind          string `json:"kind"`
	Status        string `json:"status"`
	Justification string `json:"justification"`
}

type sarifInvocation struct {
	Successful    bool                `json:"executionSuccessful"`
	Notifications []sarifNotification `json:"toolExecutionNotifications"`
}

type sarifNotification struct {
	Level      string          `json:"level"`
	Descriptor sarifDescriptor `json:"descriptor"`
	Message    sarifText       `json:"message"`
	Locations  []sarifLocation `json:"locations,omitempty"`
}

type sarifTarget struct {
	Image    string `json:"imageName"`
	Digest   string `json:"imageDigest,omitempty"`
	ID       string `json:"imageID,omitempty"`
	Platform string `json:"platform,omitempty"`
	Distro   string `json:"distro,omitempty"`
	Verdict  string `json:"verdict"`
	Packages int    `json:"packages"`
	DataAsOf string `json:"dataAsOf,omitempty"`
}
