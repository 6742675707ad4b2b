// Package bounce reads what comes back: reports of failed deliveries, complaints, automatic
// replies, and people's answers.
//
// Reading takes three steps. A message is cut into its parts: the report's fields (RFC 3464,
// 6533, 5965), the text for people, and what is returned of the message that was sent. Then
// it is found out for which addresses it speaks, and what was said of each. At last the
// words are looked up in rules, which are data, and the status (RFC 3463) decides where they
// say nothing.
//
// All of it is text from strangers. What is read of a message is bounded, and nothing here
// acts: what a reason means for a reader is the list's to say.
package bounce
