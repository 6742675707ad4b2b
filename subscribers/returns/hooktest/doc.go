// Package hooktest makes requests as mail providers make them, with keys of its own. Only
// tests use it. It does not know how they are read.
package hooktest
