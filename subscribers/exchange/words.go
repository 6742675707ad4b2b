package exchange

import (
	"slices"
	"strings"

	"vesper/subscribers"
)

// leavingParts are parts of names of columns, folded, that hint at readers who must not
// be mailed.
var leavingParts = []string{
	"unsub", "optout", "optedout", "optin", "bounce", "complain", "block", "blacklist", "subscribedto", "donot",
	"disabled", "suppress", "unreachable", "cancel", "deleted", "leftat", "lefton", "dateleft",
	"abgemeldet", "abmeld", "abbestell", "widerruf", "gesperrt", "austritt", "ausgetreten", "gekündigt",
	"désinscri", "desinscri", "désabonn", "desabonn", "résili", "baja", "bloque", "disiscri", "disdett", "revoca",
	"descadastr", "uitgeschreven", "uitschrijf", "afgemeld", "afmeld", "avregistr", "avmeld", "wypisan",
	"leiratkoz", "odhlás", "отпис", "إلغاء",
}

// leavingWords are whole values, folded, that say why a reader must not be mailed.
var leavingWords = inLanguages(map[string]string{
	subscribers.ByReader: `unsubscribed unsubscribe unsub inactive disabled cancelled canceled optedout optout
		deleted removed notsubscribed nonsubscribed nonsubscriber donotcontact donotemail donotmail dnc stop stopped
		left gone withdrawn revoked declined denied refused rejected lapsed expired terminated closed out dead
		archived erased forgotten
		abgemeldet abbestellt ausgetragen ausgetreten gekündigt widerrufen inaktiv deaktiviert gelöscht
		désinscrit désinscrite desinscrit désabonné désabonnée desabonne inactif inactive supprimé supprimée résilié
		baja debaja dadodebaja dadadebaja inactivo inactiva cancelado cancelada eliminado eliminada
		disiscritto disiscritta cancellato cancellata inattivo disdetto rimosso
		descadastrado descadastrada inativo removido descinscrito
		uitgeschreven afgemeld inactief opgezegd verwijderd avregistrerad avmeldt afmeldt wypisany leiratkozott
		odhlášen отписан 退订 登録解除 ملغى ملغاة ألغىالاشتراك إلغاءالاشتراك غيرمشترك غيرنشط منسحب`,
	subscribers.HardBounce: `bounced bounce hardbounce hardbounced softbounced cleaned undeliverable undelivered
		unreachable invalid unzustellbar ungültig unerreichbar invalide rebotado noválido rimbalzato onbestelbaar`,
	subscribers.Complaint: `complained complaint spam junk abuse spamcomplaint markedasspam beschwerde plainte queja`,
	subscribers.Manual: `suppressed blocked blocklisted blacklisted blocklist blacklist banned suspended unmailable
		gesperrt blockiert bloqué bloquée bloqueado bloqueada bloccato geblokkeerd محظور`,
})

func inLanguages(reasons map[string]string) map[string]string {
	all := map[string]string{}
	for reason, words := range reasons {
		for _, word := range strings.Fields(words) {
			all[word] = reason
		}
	}
	return all
}

// addressNames are the names, folded, of columns that hold the readers' addresses.
var addressNames = strings.Fields(`email emailaddress address mail mailaddress emailadresse mailadresse
	deineemailadresse ihreemailadresse adresseemail adressemail votreadresseemail courriel adressecourriel
	correo correoelectrónico correoelectronico direccióndecorreoelectrónico indirizzoemail indirizzodiposta
	postaelettronica endereçodeemail enderecodeemail correioeletrônico correioeletronico emailadres mailadres
	epost epostadress epostadresse emailovaadresa adresemail eposta sähköposti электроннаяпочта メールアドレス
	电子邮件 邮箱 subscriber subscriberemail subscriberemailaddress`)

// harmlessColumns are columns of known programs, folded, that don't say who must not be mailed.
var harmlessColumns = strings.Fields(`memberrating latitude longitude gmtoff dstoff cc region lastchanged leid euid
	notes activesubscription expiry stripeconnectedcustomerid type activity revenue isbestseller subscriptiontype
	complimentaryplan stripecustomerid tiers products note id secondaryid uuid attributes updatedat metadata
	referrerurl utmsource utmmedium utmcampaign tier freetier data externalid
	emailsopened7d commentsalltime receivingemailsfor`)

// suspect says whether the name of a column hints at readers who must not be mailed. A
// column that has a role's second name does not: we know what is in it.
func (d *dialect) suspect(column string) bool {
	for _, names := range d.columns {
		if slices.Contains(names, column) && !slices.Contains(d.statusColumns, column) {
			return false
		}
	}
	return slices.ContainsFunc(leavingParts, func(part string) bool { return strings.Contains(column, part) })
}

// harmless says whether a column is one of the program's own that says nothing of
// leaving.
func (d *dialect) harmless(column string) bool {
	return d.format != Table && (slices.Contains(harmlessColumns, column) ||
		d.format == Beehiiv && strings.HasSuffix(column, "tier"))
}
