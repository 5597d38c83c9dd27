// Package house holds the tests that keep the shape of the house: who may
// import whom (the floors), how long a file may grow, and what the texts of
// the project may not say. It has no code of its own.
package house
