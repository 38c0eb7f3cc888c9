package chart

import (
	"fmt"
	"testing"
)

func (o object) kind() string { return text(o["kind"]) }

func (o object) name() string { return text(at(o, "metadata", "name")) }

// selected are the labels by which the object chooses pods; nil: it chooses none, so it is about no pod.
func (o object) selected() map[string]any {
	switch o.kind() {
	case "Service":
		return fields(at(o, "spec", "selector"))
	case "Deployment", "StatefulSet", "PodDisruptionBudget":
		return fields(at(o, "spec", "selector", "matchLabels"))
	case "NetworkPolicy":
		return fields(at(o, "spec", "podSelector", "matchLabels"))
	}
	return nil
}

// pod is a pod that an object makes.
type pod struct {
	owner  object
	labels map[string]any
	spec   map[string]any
}

// component is the part of the suite that the pod is.
func (p pod) component() string { return text(p.labels["app.kubernetes.io/component"]) }

func (p pod) container() map[string]any { return fields(list(p.spec["containers"])[0]) }

// pods are all that are rendered, the test's too.
func (r rendered) pods() []pod {
	var out []pod
	for _, o := range r {
		switch o.kind() {
		case "Pod":
			out = append(out, pod{o, fields(at(o, "metadata", "labels")), fields(o["spec"])})
		case "Deployment", "StatefulSet":
			out = append(out, pod{o, fields(at(o, "spec", "template", "metadata", "labels")), fields(at(o, "spec", "template", "spec"))})
		}
	}
	return out
}

func (r rendered) find(kind, name string) object {
	for _, o := range r {
		if o.kind() == kind && o.name() == name {
			return o
		}
	}
	return nil
}

// get is the object, and fails the test where there is none.
func (r rendered) get(t *testing.T, kind, name string) object {
	t.Helper()
	o := r.find(kind, name)
	if o == nil {
		t.Fatalf("there is no %s %s", kind, name)
	}
	return o
}

// at is what stands below v at the keys; nil: nothing.
func at(v any, keys ...string) any {
	for _, key := range keys {
		v = fields(v)[key]
	}
	return v
}

func fields(v any) map[string]any {
	switch m := v.(type) {
	case object:
		return m
	case map[string]any:
		return m
	}
	return nil
}

func list(v any) []any { l, _ := v.([]any); return l }

func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

func number(v any) int { n, _ := v.(int); return n }

// within tells whether every label of part is in whole, and there is one.
func within(part, whole map[string]any) bool {
	for k, v := range part {
		if whole[k] != v {
			return false
		}
	}
	return len(part) > 0
}
