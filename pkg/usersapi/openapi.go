package usersapi

import _ "embed"

//go:embed openapi.yaml
var openAPI []byte

// OpenAPI is the API's document, OpenAPI 3.1 in YAML.
func OpenAPI() []byte { return append([]byte(nil), openAPI...) }
