package zone

// EnterpriseName is the filed name of the enterprise that has a code, as the core
// knows it now; "" if none has it.
func (z *Zone) EnterpriseName(code string) string {
	if f, ok := z.Intake.Filings().(*filings); ok {
		if filing := f.view.Lookup(code); filing != nil {
			return filing.Name
		}
	}
	return ""
}
