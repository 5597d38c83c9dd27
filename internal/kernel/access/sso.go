package access

// Provider is a single sign-on provider.
type Provider struct{ Name string }

type ssoDoor struct{}

func newSSODoors(Config) (map[string]*ssoDoor, error) { return nil, nil }
