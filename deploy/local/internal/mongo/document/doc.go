// Package document is MongoDB's language where it speaks of a single document: the order of values, filters, updates,
// projections, sort orders. It is pure: no storage, no clock.
//
// There is one order. A value's key (AppendKey) is a string of bytes that compares as MongoDB orders values, and
// filters, sorts and indexes all compare keys; so an index can never disagree with a scan.
//
// What is not implemented is an error when it is parsed, never something to skip: a filter, update or projection that
// parses means exactly what it means to mongod.
package document
