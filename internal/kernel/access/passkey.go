package access

type passkeyDoor struct{}

func newPasskeyDoor(string) (*passkeyDoor, error) { return nil, nil }
