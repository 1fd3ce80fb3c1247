package pims

// QuestionKind is what a question is about.
type QuestionKind string

// What files may leave open.
const (
	AsksDateOrder QuestionKind = "date_order" // no date decides between day and month
	AsksCodes     QuestionKind = "codes"      // status letters of the practice's own
	AsksColumns   QuestionKind = "columns"    // neither system nor columns are known
	AsksSystem    QuestionKind = "system"     // the columns fit more than one
)

// Question is something that a file leaves open, and that a person has to say
// before anything can be imported.
type Question struct {
	Kind    QuestionKind `json:"kind"`
	File    string       `json:"file"`
	Samples []string     `json:"samples,omitempty" doc:"As written: dates, or letters."`
	Letters []Letter     `json:"letters,omitempty" doc:"What the practice's own letters have to be asked for."`
	Words   string       `json:"words" doc:"What to choose."`
}

// showAsked is how many samples a question has.
const showAsked = 5

// How is how sure something is that was recognised.
type How string

// The degrees.
const (
	Sure     How = "sure"
	Probably How = "probably"
	Asked    How = "asked"  // nothing decides: a person must
	Chosen   How = "chosen" // by a person
)

// Sureness is how sure each recognition of a file is.
type Sureness struct{ System, Encoding, Separator, DateOrder How }

// Choices are how a person wants files to be read; what is empty is recognised.
type Choices struct {
	System    string                       `json:"system,omitempty" doc:"Practice system."`
	Encoding  Encoding                     `json:"encoding,omitempty" doc:"Of all files."`
	Separator string                       `json:"separator,omitempty" doc:"One character between the cells."`
	DateOrder DateOrder                    `json:"date_order,omitempty" doc:"MDY, DMY or YMD."`
	Codes     Codes                        `json:"codes,omitzero" doc:"What the practice's own status letters mean."`
	Columns   map[string]map[string]string `json:"columns,omitempty" doc:"By kind of file: our column and the file's; an empty one leaves it out."`
}

// None reports that nothing was chosen.
func (c Choices) None() bool {
	return c.System == "" && c.Encoding == "" && c.Separator == "" && c.DateOrder == "" && c.Codes.None() && len(c.Columns) == 0
}

// over puts what was chosen now over what was chosen earlier.
func (c Choices) over(earlier Choices) Choices {
	if c.System != "" && c.System != earlier.System {
		earlier.Columns = nil // they are those of another system
	}
	c.System, c.Encoding = first(c.System, earlier.System), Encoding(first(string(c.Encoding), string(earlier.Encoding)))
	c.Separator, c.DateOrder = first(c.Separator, earlier.Separator), DateOrder(first(string(c.DateOrder), string(earlier.DateOrder)))
	if c.Codes.None() {
		c.Codes = earlier.Codes
	}
	if len(c.Columns) == 0 {
		c.Columns = earlier.Columns
	}
	return c
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
