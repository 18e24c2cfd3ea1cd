package reporters

import (
	"net/http"
	"strings"

	"github.com/smart-conformance/smartcheck/checks/evidence"
)

// The objects of SARIF 2.1.0 that smartcheck writes, each with the properties that it uses.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}

	sarifRun struct {
		Tool         sarifTool          `json:"tool"`
		Automation   sarifAutomation    `json:"automationDetails"`
		Invocations  []sarifInvocation  `json:"invocations"`
		Artifacts    []sarifArtifact    `json:"artifacts"`
		ColumnKind   string             `json:"columnKind"`
		Results      []sarifResult      `json:"results"`
		WebRequests  []sarifWebRequest  `json:"webRequests,omitempty"`
		WebResponses []sarifWebResponse `json:"webResponses,omitempty"`
		Properties   map[string]any     `json:"properties"`
	}

	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}

	sarifDriver struct {
		Name           string      `json:"name"`
		Version        string      `json:"version,omitempty"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}

	sarifRule struct {
		ID         string             `json:"id"`
		Name       string             `json:"name"`
		Short      sarifMessage       `json:"shortDescription"`
		Full       sarifMessage       `json:"fullDescription"`
		Help       sarifMessage       `json:"help"`
		HelpURI    string             `json:"helpUri,omitempty"`
		Default    sarifConfiguration `json:"defaultConfiguration"`
		Properties map[string]any     `json:"properties"`
	}

	sarifConfiguration struct {
		Level string `json:"level"`
	}

	sarifMessage struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}

	sarifAutomation struct {
		ID              string `json:"id"`
		GUID            string `json:"guid"`
		CorrelationGUID string `json:"correlationGuid"`
	}

	sarifInvocation struct {
		Successful      bool                `json:"executionSuccessful"`
		Start           string              `json:"startTimeUtc"`
		End             string              `json:"endTimeUtc"`
		ExitCode        int                 `json:"exitCode"`
		ExitDescription string              `json:"exitCodeDescription"`
		Configuration   []sarifNotification `json:"toolConfigurationNotifications,omitempty"`
	}

	sarifNotification struct {
		Level   string       `json:"level"`
		Message sarifMessage `json:"message"`
	}

	sarifArtifact struct {
		Location sarifArtifactLocation `json:"location"`
		Roles    []string              `json:"roles"`
	}

	sarifArtifactLocation struct {
		URI         string        `json:"uri"`
		BaseID      string        `json:"uriBaseId"`
		Index       int           `json:"index"`
		Description *sarifMessage `json:"description,omitempty"`
	}

	sarifResult struct {
		RuleID       string             `json:"ruleId"`
		RuleIndex    int                `json:"ruleIndex"`
		Kind         string             `json:"kind"`
		Level        string             `json:"level"`
		Message      sarifMessage       `json:"message"`
		Locations    []sarifLocation    `json:"locations"`
		Fingerprints map[string]string  `json:"partialFingerprints"`
		Suppressions []sarifSuppression `json:"suppressions"` // an empty list says that there are none
		WebRequest   *sarifWebRequest   `json:"webRequest,omitempty"`
		WebResponse  *sarifWebResponse  `json:"webResponse,omitempty"`
		Properties   map[string]any     `json:"properties"`
	}

	sarifLocation struct {
		Physical sarifPhysical  `json:"physicalLocation"`
		Logical  []sarifLogical `json:"logicalLocations"`
	}

	sarifPhysical struct {
		Artifact sarifArtifactLocation `json:"artifactLocation"`
		Region   sarifRegion           `json:"region"`
	}

	sarifRegion struct {
		StartLine int `json:"startLine"`
	}

	sarifLogical struct {
		Name     string `json:"name"`
		FullName string `json:"fullyQualifiedName"`
		Kind     string `json:"kind"`
	}

	sarifSuppression struct {
		Kind          string `json:"kind"`
		Status        string `json:"status"`
		Justification string `json:"justification"`
	}

	sarifWebRequest struct {
		Index      *int              `json:"index,omitempty"`
		Method     string            `json:"method,omitempty"`
		Target     string            `json:"target,omitempty"`
		Headers    map[string]string `json:"headers,omitempty"`
		Body       *sarifContent     `json:"body,omitempty"`
		Properties map[string]any    `json:"properties,omitempty"`
	}

	sarifWebResponse struct {
		Index      *int              `json:"index,omitempty"`
		StatusCode int               `json:"statusCode,omitempty"`
		Reason     string            `json:"reasonPhrase,omitempty"`
		Headers    map[string]string `json:"headers,omitempty"`
		Body       *sarifContent     `json:"body,omitempty"`
		NoResponse bool              `json:"noResponseReceived,omitempty"`
		Properties map[string]any    `json:"properties,omitempty"`
	}

	sarifContent struct {
		Text string `json:"text"`
	}
)

// sarifExchanges are the exchanges of a run, each once: a request and its response have the same index.
type sarifExchanges struct {
	requests  []sarifWebRequest
	responses []sarifWebResponse
	index     map[string]int // by the id of the exchange
	size      int            // in bytes, about
}

func newSARIFExchanges() *sarifExchanges { return &sarifExchanges{index: map[string]int{}} }

// add keeps an exchange, as long as there is room.
func (x *sarifExchanges) add(e evidence.Exchange) {
	if _, known := x.index[e.ID]; known || x.size > maxSARIFRequests {
		return
	}
	request := sarifWebRequest{
		Method: line(e.Request.Method), Target: line(e.Request.URL), Headers: x.headers(e.Request.Header),
		Body: x.body(e.Request.Body), Properties: map[string]any{"exchange": line(e.ID)},
	}
	response := sarifWebResponse{Properties: map[string]any{"exchange": line(e.ID), "millis": e.Millis}}
	if e.Response == nil {
		response.NoResponse = true
		response.Properties["error"] = line(e.Error)
	} else {
		response.StatusCode, response.Reason = e.Response.Status, http.StatusText(e.Response.Status)
		response.Headers, response.Body = x.headers(e.Response.Header), x.body(e.Response.Body)
	}
	x.index[e.ID] = len(x.requests)
	x.requests, x.responses = append(x.requests, request), append(x.responses, response)
	x.size += len(request.Target)
}

// pointers are the request and the response of a result, which point at those of the run.
func (x *sarifExchanges) pointers(e evidence.Exchange) (*sarifWebRequest, *sarifWebResponse) {
	at, known := x.index[e.ID]
	if !known {
		return nil, nil
	}
	return &sarifWebRequest{Index: &at}, &sarifWebResponse{Index: &at}
}

func (x *sarifExchanges) headers(header evidence.Headers) map[string]string {
	fields := map[string]string{}
	for i, field := range sortedFields(header) {
		if i == maxFields {
			break
		}
		fields[line(field)] = line(strings.Join(header[field], ", "))
		x.size += len(field) + len(fields[line(field)])
	}
	return fields
}

func (x *sarifExchanges) body(text string) *sarifContent {
	if text == "" {
		return nil
	}
	text = visibleLines(cut(text, maxBody))
	x.size += len(text)
	return &sarifContent{text}
}
