//go:build race

package refresh

// raceDetector tells that this test binary watches for data races, which takes
// five times as long.
const raceDetector = true
