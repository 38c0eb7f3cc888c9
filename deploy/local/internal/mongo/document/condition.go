package document

// Condition is what a filter demands of one path beyond doubt: among the values it leads to is one whose key lies in the
// intervals. Two conditions on a path may be met by two elements of an array.
type Condition struct {
	Path      string
	Intervals Intervals
}

// Conditions narrow the documents that can match. complete tells that a document without arrays on these paths matches
// just when it meets them all, so it need not be looked at.
func (f Filter) Conditions() (conditions []Condition, complete bool) { return f.all.conditions("") }

// Branches gives the filter once for each branch of its first $or, in the branch's place; nil if it has none.
func (f Filter) Branches() []Filter {
	for i, e := range f.all {
		or, ok := e.(some)
		if !ok {
			continue
		}
		var out []Filter
		for _, branch := range or {
			rest := append(append(all{}, f.all[:i]...), f.all[i+1:]...)
			out = append(out, Filter{append(rest, branch...)})
		}
		return out
	}
	return nil
}

func (a all) conditions(prefix string) (out []Condition, complete bool) {
	complete = true
	for _, e := range a {
		switch e := e.(type) {
		case field:
			conditions, exact := e.conditions(prefix)
			out = append(out, conditions...)
			complete = complete && exact
		case some:
			out = append(out, e.conditions(prefix)...)
			complete = false
		default:
			complete = false
		}
	}
	return out, complete
}

func (f field) conditions(prefix string) (out []Condition, exact bool) {
	switch t := f.test.(type) {
	case within:
		if !t.arrays {
			return []Condition{{prefix + f.path.Name, t.intervals}}, true
		}
	case matches:
		if t.prefix != nil {
			key := appendBytes([]byte{classString}, t.prefix)
			longer := After(key[:len(key)-2]) // without the end: whatever may follow
			return []Condition{{prefix + f.path.Name, Intervals{{key, longer}}}}, false
		}
	case elemMatch:
		if t.byDoc {
			out, _ = t.all.conditions(prefix + f.path.Name + ".")
			return out, false
		}
	}
	return nil, false
}

// conditions of an $or are those that hold in any branch: the union of what each demands of a path that all speak of.
func (s some) conditions(prefix string) []Condition {
	first, _ := s[0].conditions(prefix)
	var out []Condition
	for _, c := range first {
		if find(out, c.Path) != nil {
			continue
		}
		for _, branch := range s[1:] {
			conditions, _ := branch.conditions(prefix)
			other := find(conditions, c.Path)
			if other == nil {
				c.Intervals = nil
				break
			}
			c.Intervals = c.Intervals.union(other.Intervals)
		}
		if c.Intervals != nil {
			out = append(out, c)
		}
	}
	return out
}

func find(conditions []Condition, path string) *Condition {
	for i := range conditions {
		if conditions[i].Path == path {
			return &conditions[i]
		}
	}
	return nil
}
