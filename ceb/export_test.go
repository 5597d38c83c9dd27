package ceb

// Slow decodes by the slow path alone, for comparison with the fast scanner.
func Slow(data []byte) (*Message, error) {
	m, fault := decodeSlow(data)
	if fault != nil {
		return nil, fault
	}
	m.settle()
	return m, nil
}
