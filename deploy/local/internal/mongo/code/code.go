// Package code holds the errors that clients of the store see: mongod's numbers and names for them. It holds no texts;
// whoever finds an error words it.
package code

import (
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Code is an error's number in mongod. Drivers act on it, never on the text.
type Code int32

const (
	InternalError               Code = 1
	BadValue                    Code = 2
	FailedToParse               Code = 9
	Unauthorized                Code = 13
	TypeMismatch                Code = 14
	InvalidLength               Code = 16
	IllegalOperation            Code = 20
	NamespaceNotFound           Code = 26
	IndexNotFound               Code = 27
	PathNotViable               Code = 28
	ConflictingUpdateOperators  Code = 40
	CursorNotFound              Code = 43
	NamespaceExists             Code = 48
	MaxTimeMSExpired            Code = 50
	DollarPrefixedFieldName     Code = 52
	InvalidIDField              Code = 53
	EmptyFieldName              Code = 56
	NotSingleValueField         Code = 54
	DottedFieldName             Code = 57
	CommandNotFound             Code = 59
	ImmutableField              Code = 66
	CannotCreateIndex           Code = 67
	InvalidOptions              Code = 72
	InvalidNamespace            Code = 73
	IndexOptionsConflict        Code = 85
	IndexKeySpecsConflict       Code = 86
	ShutdownInProgress          Code = 91
	ExceededMemoryLimit         Code = 146
	QueryPlanKilled             Code = 175
	NotImplemented              Code = 238
	CannotIndexParallelArrays   Code = 171
	MemoryLimitNoDiskUse        Code = 292
	APIVersionError             Code = 322
	APIStrictError              Code = 323
	DuplicateKey                Code = 11000
	BSONObjectTooLarge          Code = 10334
	CursorInUse                 Code = 12051
	UnknownGroupOperator        Code = 15952
	KeyTooLong                  Code = 17280
	PipelineStageFieldCount     Code = 40323
	UnrecognizedPipelineStage   Code = 40324
	DuplicateCommandField       Code = 40413
	MissingCommandField         Code = 40414
	UnknownCommandField         Code = 40415
	InvalidRegexFlag            Code = 51108
	InvalidRegex                Code = 51091
	InclusionExclusionConflict  Code = 31254
	PositionalProjectionRefused Code = 31395
)

// names are those that mongod gives; a code without one is called by its number.
var names = map[Code]string{
	InternalError: "InternalError", BadValue: "BadValue", FailedToParse: "FailedToParse", Unauthorized: "Unauthorized", TypeMismatch: "TypeMismatch",
	InvalidLength: "InvalidLength", IllegalOperation: "IllegalOperation", NamespaceNotFound: "NamespaceNotFound",
	IndexNotFound: "IndexNotFound", PathNotViable: "PathNotViable", ConflictingUpdateOperators: "ConflictingUpdateOperators",
	CursorNotFound: "CursorNotFound", NamespaceExists: "NamespaceExists", MaxTimeMSExpired: "MaxTimeMSExpired",
	DollarPrefixedFieldName: "DollarPrefixedFieldName", InvalidIDField: "InvalidIdField", EmptyFieldName: "EmptyFieldName",
	NotSingleValueField: "NotSingleValueField", DottedFieldName: "DottedFieldName", CommandNotFound: "CommandNotFound", ImmutableField: "ImmutableField",
	CannotCreateIndex: "CannotCreateIndex", CannotIndexParallelArrays: "CannotIndexParallelArrays",
	InvalidOptions: "InvalidOptions", InvalidNamespace: "InvalidNamespace",
	IndexOptionsConflict: "IndexOptionsConflict", IndexKeySpecsConflict: "IndexKeySpecsConflict",
	ShutdownInProgress: "ShutdownInProgress", ExceededMemoryLimit: "ExceededMemoryLimit", QueryPlanKilled: "QueryPlanKilled",
	NotImplemented:       "NotImplemented",
	MemoryLimitNoDiskUse: "QueryExceededMemoryLimitNoDiskUseAllowed", APIVersionError: "APIVersionError",
	APIStrictError: "APIStrictError", DuplicateKey: "DuplicateKey", BSONObjectTooLarge: "BSONObjectTooLarge",
	CursorInUse: "CursorInUse",
}

// String is the code's name.
func (c Code) String() string {
	if name, ok := names[c]; ok {
		return name
	}
	return fmt.Sprintf("Location%d", int32(c))
}

// Errorf makes an error with this code.
func (c Code) Errorf(format string, args ...any) error {
	return &Error{Code: c, Text: fmt.Sprintf(format, args...)}
}

// Error is an answer to the client. One that is returned from a write means that this write has changed nothing beyond
// what it reports.
type Error struct {
	Code Code
	Text string
	// More are further fields of the answer, such as keyPattern and keyValue of a duplicate key.
	More bson.D
}

func (e *Error) Error() string { return e.Text }
