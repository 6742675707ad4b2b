// Package ahead keeps signatures that were made before their edition is due, in a file
// beside the database.
//
// Nothing depends on such a file: what is not in it, or is not what it should be, is signed
// anew. So it is not made durable, and it is gone when the edition is done.
package ahead
