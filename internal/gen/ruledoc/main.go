// Command ruledoc prints docs/rules.md. It is a program of its own, since the
// list of rules that it is made from is written just before.
package main

import (
	"fmt"
	"os"

	"github.com/plimsoll/plimsoll/rules"
)

func main() {
	if _, err := os.Stdout.Write(rules.Doc()); err != nil {
		fmt.Fprintln(os.Stderr, "ruledoc:", err)
		os.Exit(1)
	}
}
