// Package imap is the door of those whose mail server brings nothing: it looks into a
// mailbox, takes what came back, and files it into a folder. It deletes nothing.
package imap
