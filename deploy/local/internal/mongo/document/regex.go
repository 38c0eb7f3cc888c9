package document

import (
	"regexp"
	"regexp/syntax"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
)

// maxPattern bounds what a regular expression may cost.
const maxPattern = 4096

// parseRegex takes an expression as a value of its own, or as a string, with options beside it or not. Expressions are
// Go's: they run in linear time, and what only PCRE knows (look-around, back references) is an error.
func parseRegex(v, options Value) (test, error) {
	var pattern, flags string
	switch v.Type {
	case bson.TypeRegex:
		pattern, flags = v.Regex()
	case bson.TypeString:
		pattern = v.StringValue()
	default:
		return nil, code.BadValue.Errorf("$regex has to be a string")
	}
	if !missing(options) {
		extra, ok := options.StringValueOK()
		if !ok || flags != "" {
			return nil, code.BadValue.Errorf("$options has to be a string, and the only options of the expression")
		}
		flags = extra
	}
	if strings.Trim(flags, "ims") != "" {
		return nil, code.InvalidRegexFlag.Errorf("invalid or unimplemented flag in regex options: %s", flags)
	}
	if len(pattern) > maxPattern {
		return nil, code.InvalidRegex.Errorf("Regular expression is too long")
	}
	expr := pattern
	if flags != "" {
		expr = "(?" + flags + ")" + pattern
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return nil, code.InvalidRegex.Errorf("Regular expression is invalid or not implemented: %v", err)
	}
	return matches{re, anchoredPrefix(expr)}, nil
}

// anchoredPrefix gives the text that every match begins with, where the expression is ^ and then a literal.
func anchoredPrefix(expr string) []byte {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil
	}
	re = re.Simplify()
	if re.Op != syntax.OpConcat || len(re.Sub) < 2 || re.Sub[0].Op != syntax.OpBeginText {
		return nil
	}
	literal := re.Sub[1]
	if literal.Op != syntax.OpLiteral || literal.Flags&syntax.FoldCase != 0 {
		return nil
	}
	return []byte(string(literal.Rune))
}
