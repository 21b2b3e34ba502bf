// Package spelling finds the word that somebody meant who wrote another.
package spelling

// longest is the longest word that is compared, in bytes: nobody misspells
// longer ones, and comparing takes the product of two lengths.
const longest = 256

// Distance counts the bytes to add, to leave out or to change that make b of a
// (Levenshtein). Past a limit it stops counting and gives the limit plus one.
func Distance(a, b string, limit int) int {
	if len(a) > longest || len(b) > longest || len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	var cells [longest + 1]int
	row := cells[:len(b)+1]
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return min(row[len(b)], limit+1)
}

// Nearest is the known word with the smallest distance to a word, the first of
// several; it is empty where all are farther away than the limit.
func Nearest(word string, known []string, limit int) string {
	best := ""
	for _, k := range known {
		if d := Distance(word, k, limit); d <= limit {
			best, limit = k, d-1
		}
	}
	return best
}
