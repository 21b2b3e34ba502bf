// Package oracle holds tests that compare package dockerfile with BuildKit. It
// is a module of its own, so that users of Plimsoll never link BuildKit.
package oracle
