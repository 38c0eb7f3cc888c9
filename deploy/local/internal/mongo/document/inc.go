package document

import (
	"math"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
)

type inc struct {
	path string
	by   any
}

func parseInc(path string, v Value) (operator, error) {
	switch v.Type {
	case bson.TypeInt32, bson.TypeInt64, bson.TypeDouble:
		x, err := decode(v)
		return inc{path, x}, err
	default:
		return nil, code.TypeMismatch.Errorf("Cannot increment '%s' with a non-numeric argument", path)
	}
}

func (o inc) apply(old any, there, _ bool) (any, bool, error) {
	if !there {
		return o.by, true, nil
	}
	sum, ok := Add(old, o.by)
	switch {
	case !ok:
		return nil, false, code.TypeMismatch.Errorf("Cannot apply $inc to a value of non-numeric type in '%s'", o.path)
	case sum == nil:
		return nil, false, code.BadValue.Errorf("Failed to apply $inc operations to current value of '%s': it would overflow", o.path)
	}
	return sum, true, nil
}

// Add adds two numbers as mongod does: int32 grows to int64 rather than overflow; a sum that no int64 holds is nil. ok
// is false where one of them is no number.
func Add(a, b any) (sum any, ok bool) {
	x, xInt, ok := number(a)
	y, yInt, ok2 := number(b)
	if !ok || !ok2 {
		return nil, false
	}
	if !xInt || !yInt {
		return toFloat(a) + toFloat(b), true
	}
	n := x + y
	if (n > x) != (y > 0) && y != 0 {
		return nil, true
	}
	_, aSmall := a.(int32)
	_, bSmall := b.(int32)
	if aSmall && bSmall && n == int64(int32(n)) {
		return int32(n), true
	}
	return n, true
}

func number(v any) (n int64, whole, ok bool) {
	switch v := v.(type) {
	case int32:
		return int64(v), true, true
	case int64:
		return v, true, true
	case float64:
		return 0, false, true
	default:
		return 0, false, false
	}
}

func toFloat(v any) float64 {
	if f, ok := v.(float64); ok {
		return f
	}
	n, _, ok := number(v)
	if !ok {
		return math.NaN()
	}
	return float64(n)
}
