package render

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ending says how a word goes with the end of a sentence at the stop after it.
type ending int

const (
	// endsAlways is any word.
	endsAlways ending = iota
	// endsMaybe is an abbreviation.
	endsMaybe
	// endsSeldom is a letter, which often has a name after it.
	endsSeldom
	// endsNever is a title and the like, which something has to follow.
	endsNever
)

// grammar is what tells the ends of sentences in a language.
type grammar struct {
	abbreviations map[string]ending
	// openers begin sentences. surnames are the openers that are names as well.
	openers, surnames map[string]bool
	ordinals          bool
}

// prose is a grammar as it is written down, in lists of words.
type prose struct {
	// titles and shorts are as they are printed, but for the last stop. Those in
	// small letters may have a capital.
	titles, shorts string
	// openers have the capital that they begin a sentence with.
	openers, surnames string
	// ordinals is true where a stop after a number makes it an ordinal.
	ordinals bool
}

// grammars has the languages that are known by their openers. English
// abbreviations are in all of them.
var grammars = map[string]grammar{
	"en": newGrammar(englishProse),
	"de": newGrammar(germanProse, englishProse),
	"fr": newGrammar(frenchProse, englishProse),
	"es": newGrammar(spanishProse, englishProse),
	"ar": newGrammar(arabicProse, englishProse),
}

// anyGrammar is for all other languages: an abbreviation in any is one, and it
// never ends a sentence.
var anyGrammar = newGrammar(prose{ordinals: true}, englishProse, germanProse, frenchProse, spanishProse, arabicProse, otherProse)

func newGrammar(own prose, others ...prose) grammar {
	g := grammar{map[string]ending{}, set(own.openers), set(own.surnames), own.ordinals}
	for _, p := range append(others, own) {
		for w := range set(p.shorts) {
			g.abbreviations[w] = max(g.abbreviations[w], endsMaybe)
		}
		for w := range set(p.titles) {
			g.abbreviations[w] = endsNever
		}
	}
	return g
}

func set(words string) map[string]bool {
	all := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		all[w] = true
	}
	return all
}

func grammarOf(language string) grammar {
	primary, _, _ := strings.Cut(strings.ToLower(language), "-")
	if g, ok := grammars[cmp.Or(primary, "en")]; ok {
		return g
	}
	return anyGrammar
}

// opens says whether text begins with a word that can't go on a sentence after
// what ends one maybe or seldom.
func (g grammar) opens(text string, after ending) bool {
	rest := strings.TrimLeftFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsMark(r) })
	first := text[:len(text)-len(rest)]
	r, _ := utf8.DecodeRuneInString(rest)
	return g.openers[first] && !(after == endsSeldom && g.surnames[first]) && (isSpace(r) || strings.ContainsRune(",'’", r))
}

// ending judges the last word of s by the stop after it.
func (g grammar) ending(s, stop string) ending {
	lead, token := splitLast(s, unicode.IsSpace)
	mark, last := splitLast(token, divides)
	switch {
	case stop != ".":
		return g.abbreviations[last+stop]
	case token == "":
		return endsNever
	case last == "":
		return endsAlways
	}
	if k := g.abbreviation(lead, last); k != endsAlways {
		return k
	}
	small := last == strings.ToLower(last)
	if small && (strings.HasSuffix(mark, "’") || strings.HasSuffix(mark, "'")) {
		return endsAlways // the mayor’s
	}
	number := strings.TrimFunc(last, unicode.IsDigit) == ""
	if token == last && (isLetter(last) || number && len(last) <= 2) && g.lists(lead) {
		return endsNever
	}
	switch _, part := splitLast(last, isFullStop); {
	case isLetter(last) || part != last && isLetter(part):
		return endsSeldom
	case g.ordinals && (number || strings.Trim(last, "IVXLCDM") == ""):
		return endsMaybe
	case strings.Trim(strings.ToLower(last[:1])+last[1:], consonants) == "":
		return endsMaybe
	}
	return endsAlways
}

// abbreviation looks up a word that lead stands before, together with letters
// there that it may belong to ("z. B."), and what follows the last stop in it.
func (g grammar) abbreviation(lead, last string) ending {
	for whole, i := last, 0; i < 3 && isLetter(last); i++ {
		if k := g.look(whole); k != endsAlways {
			return k
		}
		var letter string
		lead, letter = splitLast(stopped(lead), unicode.IsSpace)
		if !isLetter(letter) {
			return endsAlways
		}
		whole = letter + "." + whole
	}
	_, part := splitLast(last, isFullStop)
	return max(g.look(last), g.look(part))
}

// look finds a word in the list, in small letters with a capital too ("Approx.").
// In capitals it may be an acronym (SEC) and not a title (Sec.), so that a
// sentence may end.
func (g grammar) look(s string) ending {
	r, n := utf8.DecodeRuneInString(s)
	if n == len(s) {
		return g.abbreviations[s]
	}
	if k := max(g.abbreviations[s], g.abbreviations[string(unicode.ToLower(r))+s[n:]]); k != endsAlways || s != strings.ToUpper(s) {
		return k
	}
	small := strings.ToLower(s)
	return min(endsMaybe, max(g.abbreviations[small], g.abbreviations[s[:n]+small[min(n, len(small)):]]))
}

// lists says whether a letter or number after lead, with a stop, numbers what is
// said next: "1. Cut taxes. 2. Raise wages." It is the other way in "No. 5."
func (g grammar) lists(lead string) bool {
	lead = strings.TrimRightFunc(lead, unicode.IsSpace)
	if lead == "" || strings.ContainsRune(":;!?", rune(lead[len(lead)-1])) {
		return true
	}
	_, before := splitLast(stopped(lead), unicode.IsSpace)
	return before != "" && !isLetter(before) && g.look(before) == endsAlways
}

// stopped gives what stands before the full stop at the end of s, nothing if
// there is none.
func stopped(s string) string {
	before, ok := strings.CutSuffix(strings.TrimRightFunc(s, unicode.IsSpace), ".")
	if !ok {
		return ""
	}
	return before
}

// splitLast cuts s after the last rune that divides it.
func splitLast(s string, divides func(rune) bool) (lead, last string) {
	i := strings.LastIndexFunc(s, divides)
	if i < 0 {
		return "", s
	}
	_, n := utf8.DecodeRuneInString(s[i:])
	return s[:i+n], s[i+n:]
}

// consonants make an abbreviation if there is nothing else (Sgts.); capitals may
// make an acronym (BBC, MPs).
const consonants = "bcdfghjklmnpqrstvwxz"

func isFullStop(r rune) bool { return r == '.' }

// divides is true for what joins words or stands around them.
func divides(r rune) bool {
	return strings.ContainsRune("\"'“”‘’„‚«»‹›([-‐‑–—/\u200e\u200f", r)
}

// isLetter says whether s is one letter of an alphabet, with its accents.
func isLetter(s string) bool {
	r, n := utf8.DecodeRuneInString(s)
	return unicode.IsLetter(r) && !unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) &&
		strings.TrimLeftFunc(s[n:], unicode.IsMark) == ""
}

// closing has the marks that may close what one opens. In German “ closes, in
// Swedish ” opens.
var closing = map[rune]string{
	'(': ")", '[': "]", '（': "）", '「': "」", '『': "』", '《': "》", '"': `"`, '\'': "'",
	'“': "”", '”': "“”", '„': "“”", '‘': "’", '‚': "‘’", '«': "»", '»': "«»", '‹': "›", '›': "‹›",
}

var englishProse = prose{
	titles: `
		Mr Mrs Ms Mx Messrs Mses Dr Drs Prof Profs Rev Revs Hon Ven Fr Msgr Mme Mlle Sra Srta
		Gen Gens Lt Col Cols Maj Capt Capts Cpt Cmdr Cdr Adm Sgt Sgts Cpl Pvt Pfc Spc Brig Ens
		Sen Sens Rep Reps Gov Govs Pres Amb Sec Atty Supt Insp Det Const Ald Cllr Treas Asst Assoc Dep
		Arch AProf Abp Adv Bro Eng Ofc Ret St Ste Mt Mts vs v cf ca viz approx esp incl feat ft ext tel e.g i.e a.k.a f.k.a d.b.a U.S.S
		vol Fig Ch Apt Bldg Rte Hwy Panic! Rouge! Mia!`,
	shorts: `
		Inc Corp Ltd Co Cos Bros Plc Pty Jr Sr Esq Assn Dept Univ Inst Natl Intl Govt Mfg
		U.S U.K U.N E.U U.A.E U.S.A U.S.S.R D.C L.A a.m p.m B.C A.D B.C.E C.E
		Ph.D M.Sc B.Sc D.Phil M.Phil Ed.D Psy.D LL.B LL.M LL.D
		etc al est No Nos Art Ed Eds Op Min Div Admin Comm Fed
		Jan Feb Mar Apr Jun Jul Aug Sept Sep Oct Nov Dec Mon Tue Tues Wed Thu Thur Thurs Fri Sat Sun
		Ala Ariz Ark Calif Colo Conn Del Fla Ga Ill Ind Kan Ky La Md Mass Mich Minn Miss Mo Mont
		Neb Nev Okla Ore Pa Tenn Tex Vt Va Wash Wis Wyo Ont Que Alta Sask Qld
		N.Y N.J N.H N.M N.C N.D S.C S.D R.I W.Va
		Ave Blvd Rd Pkwy Sq Pl Ct Ter Cir Cres Dist lb lbs oz hr hrs
		Yahoo! Jeopardy! Wham! E! OK! Hello! Guess? Which?`,
	openers: `
		The A An This That These Those There Then He She It They We You His Her Its Their Our
		In On At By From With About As After Before During Since Until Despite According Among
		When While If Though Although Because But And So Yet However Meanwhile Moreover Instead Also
		Some Many Such Each Both Neither Another Nobody Nothing What Why How Who Where Here`,
	surnames: `A An At Both But By He Her How In On So Then We Who Why You`,
}

var germanProse = prose{
	titles: `
		Hr Hrn Fr Frl Dipl Ing Mag Abg Bgm Präs Vors Kard Nr stv hl bzw sog vgl lt geb evtl ggf
		inkl exkl einschl zzgl insb bes ehem med kath ev dt österr franz ital griech lat städt staatl Obst Oblt LAbg NAbg z.B z.T z.Z d.h u.a v.a i.d.R o.g`,
	shorts: `
		Mio Mrd Bio Tsd Std Min Sek Str Jh Jhdt Chr Bd Kap Abs Art Abb Hrsg Red Anm usw u.Ä o.Ä u.v.m a.D e.V k.o a.M i.R
		Jän Jan Feb Mär Mrz Apr Jun Jul Aug Sept Sep Okt Nov Dez Mo Di Mi Do Fr Sa So`,
	openers: `
		Der Die Das Den Dem Des Ein Eine Einer Einem Einen Er Sie Es Wir Ich Ihr Ihre Sein Seine Man
		Dieser Diese Dieses Jetzt Nun Dann Dort Da So Und Aber Doch Auch Denn Als Wenn Weil Während
		Im In Am An Auf Aus Bei Beim Mit Nach Seit Von Vor Zu Zum Zur Für Gegen Laut Trotz Damit Zuvor Danach Seither Seitdem Heute Niemand Beide`,
	surnames: `Am An Auf Da Das Den Des Doch Er Es Ich Im In Ein Man Nun Sein So Von Vor Zu Zum Zur`,
	ordinals: true,
}

var frenchProse = prose{
	titles: `
		M MM Mme Mmes Mlle Mlles Me Pr Prs Mgr Vve Cdt Cne Gal Adj av bd bld boul pl chem rte env dir Cie Sté Ets`,
	shorts: `
		janv févr avr juil sept oct nov déc hab tél max min éd chap fig art vol ex etc`,
	openers: `
		Le La Les L Un Une Il Elle Ils Elles On Nous Vous Je Ce C Cet Cette Ces Cela Son Sa Ses Leur Leurs
		En Dans Mais Et Au Aux Pour Avec Selon Après Avant Depuis Pendant Lors Si Quand Plusieurs Celui Celle Personne`,
	surnames: `Le La L Un On Je Ce C Son Sa En Et Au Si`,
}

var spanishProse = prose{
	titles: `
		Sr Sra Srta Sres Sras Srtas D Dña Dra Dres Dras Profa Ing Lic Arq Gral Cnel Cap Tte Sgto Mons Pbro
		Sto Sta Excmo Excma Ilmo Ilma Hno Hna Pdte Pdta Pte Av Avda Pza Ctra Prov Dpto Depto Univ Hosp
		Cía Hnos núm pág págs ej aprox EE JJ CC FF Ma Fco`,
	shorts: `
		UU OO AA Ltda Ud Uds Vd a.C d.C etc máx mín art ed Hola!
		ene febr abr ago sept oct nov dic`,
	openers: `
		El La Los Las Lo Un Una Unos Unas Él Ella Ellos Ellas Este Esta Estos Estas Esto Ese Esa Eso Su Sus
		En Y Pero Se Al Con Por Para Tras Según Cuando Mientras Aunque Además También Así Desde Durante Nadie Ambos`,
	surnames: `El La Los Las Lo Un En Y Se Al Por Su`,
}

var arabicProse = prose{
	titles:  `د أ أ.د`,
	shorts:  `هـ إلخ الخ ق.م ش.م.م`,
	openers: `وقال وقالت وأضاف وأضافت وأوضح وأوضحت وأكد وأكدت وذكر وذكرت وأشار وأشارت وكان وكانت وفي ومن كما لكن`,
}

// otherProse has titles of languages that have no grammar of their own.
var otherProse = prose{
	titles: `
		Sig Dott Avv Arch Geom Exmo Exma Dhr Mevr drs ir ul prof inż Doç Yrd Sn ifj özv MUDr JUDr tzv tzw
		f.eks bl.a t.ex s.k f.d o.a m.m nr kl ул им проф акад т.е`,
}
