// Package returns takes what comes back, by whichever door: it has the message read, finds
// out by the keys and the ledger whose it is, records a report for each reader, and has the
// rules of the list act on reports. It is to the way back what package publish is to an
// evening.
//
// Taking and acting are apart. A door only records: a report is durable when the door says
// so, and that costs one transaction. [Desk.Weigh] looks at what was recorded, in the
// order in which it came, and asks the rules of package subscribers what it means.
package returns
