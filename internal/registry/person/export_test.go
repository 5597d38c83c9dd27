package person

// Parse is the reader of answers, for its fuzz target.
var Parse = parse
