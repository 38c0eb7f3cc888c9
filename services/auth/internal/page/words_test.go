package page

import (
	"fmt"
	"reflect"
	"testing"
)

// What one language says, every other says too, and nothing is left empty.
func TestEveryLanguageSaysEverything(t *testing.T) {
	t.Parallel()
	want := said(reflect.ValueOf(english), "")
	for _, w := range spoken {
		got := said(reflect.ValueOf(*w), "")
		for name := range want {
			if got[name] == "" {
				t.Errorf("%s lacks %s", w.Language, name)
			}
		}
		for name := range got {
			if want[name] == "" {
				t.Errorf("%s has %s, and English has not", w.Language, name)
			}
		}
	}
}

func TestEveryAnswerHasItsWords(t *testing.T) {
	t.Parallel()
	for reason, a := range answers {
		if _, worded := english.Refusals[reason]; !worded && !a.field { // what is at a field always finds its form
			t.Errorf("%s has no page", reason)
		}
		if _, worded := english.Problems[reason]; a.again && !worded {
			t.Errorf("%s has no words for a form that comes back", reason)
		}
	}
}

// said lists the texts below v that are not empty, by where they stand.
func said(v reflect.Value, at string) map[string]string {
	out := map[string]string{}
	add := func(v reflect.Value, at string) {
		for name, text := range said(v, at) {
			out[name] = text
		}
	}
	switch v.Kind() {
	case reflect.String:
		if v.String() != "" {
			out[at] = v.String()
		}
	case reflect.Pointer:
		if !v.IsNil() {
			add(v.Elem(), at)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			add(v.Field(i), at+"."+v.Type().Field(i).Name)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			add(v.MapIndex(key), fmt.Sprintf("%s[%v]", at, key))
		}
	}
	return out
}
