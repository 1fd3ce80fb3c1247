package fault

// Complaints collects what is wrong with one input, field by field. The zero
// value is ready to use.
type Complaints struct {
	fields []Field
}

// Add complains about a field with a sentence that says what to do.
func (c *Complaints) Add(name, message string) {
	c.fields = append(c.fields, Field{Name: name, Message: message})
}

// Check adds the complaint unless ok.
func (c *Complaints) Check(ok bool, name, message string) {
	if !ok {
		c.Add(name, message)
	}
}

// Take adds what an Invalid error complains about; any other error is returned.
func (c *Complaints) Take(err error) error {
	if err == nil {
		return nil
	}
	if !Is(err, Invalid) {
		return err
	}
	c.fields = append(c.fields, From(err).Fields...)
	return nil
}

// Err is nil without complaints, else one Invalid error with all of them.
func (c *Complaints) Err() error {
	if len(c.fields) == 0 {
		return nil
	}
	e := New(Invalid, "invalid-input", "Some fields need another look. What to do is written beside each of them.")
	e.Fields = c.fields
	return e
}

// Complain is the Invalid error about a single field.
func Complain(name, message string) error {
	var c Complaints
	c.Add(name, message)
	return c.Err()
}
