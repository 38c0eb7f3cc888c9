package mailapi_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/watchword/watchword/pkg/internal/openapitest"
	"github.com/watchword/watchword/pkg/mailapi"
)

func TestTheDocumentDescribesWhatIsSent(t *testing.T) {
	t.Parallel()
	item := mailapi.Item{
		ID: "01JD0000000000000000000000", Template: mailapi.Reset, Locale: "de", To: "a***@example.com", State: mailapi.Dead,
		Attempts: 3, LastError: "550 refused", NextAt: time.Unix(2, 0).UTC(), CreatedAt: time.Unix(1, 0).UTC(),
	}
	openapitest.Check(t, mailapi.OpenAPI(), "mailapi.go", []openapitest.Operation{
		{
			Path: mailapi.PathSend, Status: http.StatusAccepted,
			In: mailapi.Message{
				Key: "k", Template: mailapi.Reset, Locale: "de", To: "ada@example.com",
				Data: map[string]string{"username": "ada"}, Discard: true,
			},
			Out: mailapi.Accepted{ID: item.ID},
		},
		{
			Path: mailapi.PathList, Status: http.StatusOK,
			In:  mailapi.List{State: mailapi.Dead, After: item.ID, Limit: 20},
			Out: mailapi.Listed{Messages: []mailapi.Item{item}, Next: item.ID},
		},
		{Path: mailapi.PathRequeue, Status: http.StatusOK, In: mailapi.Requeue{ID: item.ID}, Out: struct{}{}},
	})
}

func TestTheDocumentNamesTheTemplates(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData(mailapi.OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	var named []mailapi.Template
	for _, word := range doc.Components.Schemas["Template"].Value.Enum {
		named = append(named, mailapi.Template(word.(string)))
	}
	want := mailapi.Templates()
	slices.Sort(want)
	slices.Sort(named)
	if diff := cmp.Diff(want, named); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
