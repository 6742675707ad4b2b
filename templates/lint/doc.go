// Package lint looks at a rendered email as mail programs do, and at a web page as browsers
// do: at its CSS, the contrast of its text in light and in dark mode, its images and its
// links. It knows nothing of templates, editions or readers.
package lint
