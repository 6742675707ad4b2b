package render

// prose is a grammar as it is written down here, in lists of words.
type prose struct {
	// titles and shorts are abbreviations as they are printed, without their last
	// stop. Those in small letters may have a capital.
	titles, shorts string
	// openers are written with a capital.
	openers, surnames string
	// ordinals is true where a stop after a number makes it an ordinal.
	ordinals bool
}

var englishProse = prose{
	titles: `
		Mr Mrs Ms Mx Messrs Mses Dr Drs Prof Profs Rev Revs Hon Ven Fr Msgr Mme Mlle Sra Srta
		Gen Gens Lt Col Cols Maj Capt Capts Cpt Cmdr Cdr Adm Sgt Sgts Cpl Pvt Pfc Spc Brig Ens
		Sen Sens Rep Reps Gov Govs Pres Amb Sec Atty Supt Insp Det Const Ald Cllr Treas Asst Assoc Dep
		Arch AProf Abp Adv Bro Eng Ofc Ret St Ste Mt Mts vs v cf ca viz approx esp incl feat ft ext tel
		e.g i.e a.k.a f.k.a d.b.a U.S.S
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
		inkl exkl einschl zzgl insb bes ehem med kath ev dt österr franz ital griech lat städt staatl
		Obst Oblt LAbg NAbg z.B z.T z.Z d.h u.a v.a i.d.R o.g`,
	shorts: `
		Mio Mrd Bio Tsd Std Min Sek Str Jh Jhdt Chr Bd Kap Abs Art Abb Hrsg Red Anm usw
		u.Ä o.Ä u.v.m a.D e.V k.o a.M i.R
		Jän Jan Feb Mär Mrz Apr Jun Jul Aug Sept Sep Okt Nov Dez Mo Di Mi Do Fr Sa So`,
	openers: `
		Der Die Das Den Dem Des Ein Eine Einer Einem Einen Er Sie Es Wir Ich Ihr Ihre Sein Seine Man
		Dieser Diese Dieses Jetzt Nun Dann Dort Da So Und Aber Doch Auch Denn Als Wenn Weil Während
		Im In Am An Auf Aus Bei Beim Mit Nach Seit Von Vor Zu Zum Zur Für Gegen Laut Trotz Damit
		Zuvor Danach Seither Seitdem Heute Niemand Beide`,
	surnames: `Am An Auf Da Das Den Des Doch Er Es Ich Im In Ein Man Nun Sein So Von Vor Zu Zum Zur`,
	ordinals: true,
}

var frenchProse = prose{
	titles: `
		M MM Mme Mmes Mlle Mlles Me Pr Prs Mgr Vve Cdt Cne Gal Adj
		av bd bld boul pl chem rte env dir Cie Sté Ets`,
	shorts: `
		janv févr avr juil sept oct nov déc hab tél max min éd chap fig art vol ex etc`,
	openers: `
		Le La Les L Un Une Il Elle Ils Elles On Nous Vous Je Ce C Cet Cette Ces Cela Son Sa Ses Leur Leurs
		En Dans Mais Et Au Aux Pour Avec Selon Après Avant Depuis Pendant Lors Si Quand
		Plusieurs Celui Celle Personne`,
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
		En Y Pero Se Al Con Por Para Tras Según Cuando Mientras Aunque Además También Así
		Desde Durante Nadie Ambos`,
	surnames: `El La Los Las Lo Un En Y Se Al Por Su`,
}

var arabicProse = prose{
	titles:  `د أ أ.د`,
	shorts:  `هـ إلخ الخ ق.م ش.م.م`,
	openers: `وقال وقالت وأضاف وأضافت وأوضح وأوضحت وأكد وأكدت وذكر وذكرت وأشار وأشارت وكان وكانت وفي ومن كما لكن`,
}

var italianProse = prose{
	titles: `
		sig sigg sig.ra sig.na sig.re dott dott.ssa prof prof.ssa avv arch ing geom rag cav comm on sen mons gen
		col magg cap ten serg card egr gent gent.mo gent.ma spett ill.mo Fra S P.zza V.le C.so L.go
		cfr pag pagg art artt n nn tel vol v vs ca`,
	shorts: `
		ecc etc S.p.A S.r.l S.n.c a.C d.C c.a p.es min max sec
		genn febbr apr magg giu lug ag sett ott nov dic`,
	openers: `
		Il Lo La I Gli Le L Un Uno Una Lui Lei Loro Egli Ella Essi Esse Questo Questa Questi Queste Quello Quella
		Suo Sua Suoi Sue In Nel Nella Nei Nelle Ma E Ed Al Alla Ai Alle Con Per Dopo Prima Secondo Durante Da Dal Dalla
		Quando Mentre Se Anche Non Poi Così Già Nessuno Tutti Entrambi`,
	surnames: `Lo La Gli Le L Da Dal Al Se E Per Prima Poi`,
}

var portugueseProse = prose{
	titles: `
		sr sra srta srs sras dr dra drs dras prof profa profs eng enga arq adv gen cel cap ten sgt maj alm des
		dep sen gov pref D Min Ver Pe Fr exmo exma ilmo ilma Sto Sta Av R Pça Rod Trav Al Jd Vl
		art arts pág págs p nº núm tel vol ed fig`,
	shorts: `
		etc Ltda S.A Cia a.C d.C aprox máx mín hab min seg
		jan fev abr jun jul ago nov dez`,
	openers: `
		O A Os As Um Uma Uns Umas Ele Ela Eles Elas Este Esta Estes Estas Esse Essa Isso Isto Seu Sua Seus Suas
		Em No Na Nos Nas Mas E Ao À Aos Às Com Por Pela Pelo Para Após Segundo Durante Desde Quando Enquanto Embora
		Também Assim Já Não Se Depois Antes Ninguém Todos Ambos`,
	surnames: `A O As Os E Em No Na Já Se Um`,
}

// otherProse has titles of languages that have no grammar of their own.
var otherProse = prose{
	titles: `
		Dhr Mevr drs ir ul prof inż Doç Yrd Sn ifj özv MUDr JUDr tzv tzw
		f.eks bl.a t.ex s.k f.d o.a m.m nr kl ул им проф акад т.е`,
}
