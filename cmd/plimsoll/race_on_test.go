//go:build race

package main

// raceDetector tells that this test binary watches for data races, which takes
// time and memory of its own.
const raceDetector = true
