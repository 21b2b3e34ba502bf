package dockerfile

// check reports what is missing from an instruction that is otherwise read.
func (p *parser) check(i *Instruction) {
	if !known(i.Name) {
		p.problem(i.NameSpan, "%s is no instruction", i.Name)
		return
	}
	if i.Text == "" {
		p.problem(i.NameSpan, "%s has no arguments", i.Name)
	}
}
