//go:build !race

package java

// slowdown is 1 without the race detector.
const slowdown = 1
