// Package console is the platform in the browser (控制台). Its rooms stand below:
// ui is the shell and the parts that pages are built of, names puts names to
// codes, and each service has a room of its own with its pages. Package site
// registers them.
package console
