// Package hook hears the webhooks of mail providers: each says what became of a message that
// it took from us. It verifies that the provider sent a request, reads the events in it, and
// hands them to package returns. It knows neither the list nor what an event means for it.
//
// There is a file for each provider, made from its documentation. The words of a provider
// are kept in the rule of each event, and a server's words that it passes on are read by the
// rules of package bounce.
package hook
