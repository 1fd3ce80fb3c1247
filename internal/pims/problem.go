package pims

import "fmt"

// Reason is why a row was rejected; a stable word for reports and tests.
type Reason string

// The reasons. The last five are ours; the others are those of samples/TRUTH.md.
const (
	MissingClientID Reason = "missing_client_id"
	MissingName     Reason = "missing_name"
	MissingPetID    Reason = "missing_pet_id"
	MissingPetName  Reason = "missing_pet_name"
	UnknownClient   Reason = "unknown_client"
	UnknownPatient  Reason = "unknown_patient"
	NoOwner         Reason = "no_owner"
	TooFewFields    Reason = "too_few_fields"
	TooManyFields   Reason = "too_many_fields"
	TruncatedRow    Reason = "truncated_row"
	NULByte         Reason = "nul_byte"
	InvalidEncoding Reason = "invalid_encoding"
	FieldTooLong    Reason = "field_too_long"
	UnclosedQuote   Reason = "unclosed_quote"
	ClientIDReused  Reason = "client_id_reused"
	PetIDReused     Reason = "pet_id_reused"
	TooManyOwners   Reason = "too_many_owners"
	TooManyPets     Reason = "too_many_pets"
)

// Reject is a row that was not imported.
type Reject struct {
	Place
	Reason  Reason `json:"reason"`
	Client  string `json:"client,omitempty"` // ids seen in the row
	Pet     string `json:"pet,omitempty"`
	Message string `json:"message"` // what is wrong and what to do, without the place

	cells  []string // of FileInfo.Names, nil when they cannot be told
	sealed []byte   // the same as it is stored, nil when they are not kept
}

// Code names a kind of warning.
type Code string

// The warnings. The last five are ours; the others are those of samples/TRUTH.md.
const (
	BadEmail        Code = "invalid_email"
	IncompletePhone Code = "incomplete_phone"
	FutureDate      Code = "future_date"
	BadDate         Code = "invalid_date"
	PercentageSum   Code = "percentage_sum"
	BadPhone        Code = "invalid_phone"
	BadPercentage   Code = "invalid_percentage"
	UnknownWord     Code = "unknown_word"
	ClientDiffers   Code = "client_differs"
	PetDiffers      Code = "pet_differs"
)

// Warning is about an accepted row: one value was dropped or is doubtful.
// Either Client or Pet is set.
type Warning struct {
	Place
	Client string `json:"client,omitempty"`
	Pet    string `json:"pet,omitempty"` // Pet.Key
	Field  string `json:"field"`         // email, phone, dob, dod, owners, species, sex, status, ...
	Code   Code   `json:"code"`
	Raw    string `json:"raw"` // what was written
}

// Words say what the warning means and what to do, without the place.
func (w Warning) Words() string {
	switch w.Code {
	case BadEmail:
		return fmt.Sprintf("%q is not an e-mail address and was left out. Correct it in your practice system.", w.Raw)
	case IncompletePhone:
		return fmt.Sprintf("%q is not a complete phone number. It is kept as written; add the area code in your practice system.", w.Raw)
	case BadPhone:
		return fmt.Sprintf("%q is not a phone number and was left out.", w.Raw)
	case FutureDate:
		return fmt.Sprintf("%q lies in the future and was left out. Correct it in your practice system.", w.Raw)
	case BadDate:
		return fmt.Sprintf("%q is not a date that can be right, so it was left out. Correct it in your practice system.", w.Raw)
	case PercentageSum:
		return fmt.Sprintf("The owners' shares add up to %s, not 100. They are kept as written.", w.Raw)
	case BadPercentage:
		return fmt.Sprintf("%q is not a share between 0 and 100. It was taken as 100.", w.Raw)
	case UnknownWord:
		return w.unknownWord()
	case ClientDiffers:
		return "This row describes the client differently from an earlier row. The earlier row counts."
	case PetDiffers:
		return "This row describes the pet differently from an earlier row. The earlier row counts."
	}
	return string(w.Code)
}

func (w Warning) unknownWord() string {
	switch w.Field {
	case "species":
		return fmt.Sprintf("The species %q is not known here. The pet is kept as \"other\".", w.Raw)
	case "sex":
		return fmt.Sprintf("%q is not a known word for a sex. It was left out.", w.Raw)
	case "allow_email":
		return fmt.Sprintf("%q is neither yes nor no. The client gets no bulk mail until it is corrected.", w.Raw)
	case "deceased":
		return fmt.Sprintf("%q is neither yes nor no. The pet is taken as living; check it before you send welcome mails.", w.Raw)
	}
	return fmt.Sprintf("%q is not a known status. It is taken as inactive.", w.Raw)
}
