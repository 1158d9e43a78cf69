"""The words that warn of danger and of law, and those that tell what a text is about, by language.

Each entry is a regular expression. In languages with spaces it begins at a word's beginning; a trailing ``*`` takes
any ending of the word, ``~`` up to three words in between. Chosen by hand after the sort of words that consumer
agencies' recalls use; a harmless use of a word that is common is excepted in ``HARMLESS``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Words = Mapping[str, tuple[str, ...]]

SAFETY: Final[Words] = {
    "en": (
        "burn(s|ed|t|ing)?", "scald*", "scorch*", "singe*", "(caught|catch|catches|catching|on|set|a) fire",
        "fire hazard",
        "start* ~ fire", "flame(s)?", "in flames", "ignit*", "smok(e|ed|ing) ~ (coming|from|out)",
        "(start|began|was|is|were)* ~ smok(e|ing)", "explo(de|des|ded|ding|sion|sions)", "blew up", "blow(s|n)? up",
        "burst(s|ing)?",
        "electrocut*", "electric(al)? shock*", "shock(s|ed|ing)? me", "got ~ shock(ed)?", "spark(s|ed|ing)?",
        "short(-| )?circuit*",
        "overheat*", "melt(s|ed|ing)?", "chok(e|es|ed|ing)", "suffocat*", "strangl*", "injur(y|ies|ed|e|ing)",
        "bleed(s|ing)?",
        "bled", "blood*", "wound(s|ed)?", "laceration*",
        "cut (my|his|her|our|their) ~ (finger|hand|skin|foot|leg|lip|face)*",
        "hospital*", "emergency room", "ambulance", "poison*", "toxic*", "allerg*", "rash(es)?", "hives", "blister*",
        "swell(ing|ed)?", "swollen", "anaphyla*", "infect(ed|ion|ions)", "sick from", "made ~ (sick|ill)", "vomit*",
        "nause*",
        "carbon monoxide", "gas leak", "leak* ~ (acid|battery)", "mold(y)?", "mould(y)?", "lead paint", "sharp edge*",
        "dangerous*", "hazard*", "unsafe", "safety (issue|hazard|risk|concern|problem)*", "swallow(ed|ing)?", "drown*",
        "(he|she|dog|cat|child|baby|son|daughter|husband|wife|people|someone|somebody) (almost |nearly )?died",
        "kill(s|ed)? (my|our|him|her|someone|somebody|people)",
    ),
    "de": (
        "verbrann*", "verbrenn*", "verbrüh*", "brandgefahr", "brandgefährlich", "feuer gefangen", "in brand",
        "brannte*", "gebrannt",
        "brenn(t|en|end) ~ (haut|augen)", "haut ~ brenn(t|en|te)", "angebrannt", "flamme(n)?",
        "explo(diert|dierte|sion|dieren)*", "geplatzt", "stromschlag*",
        "stromschläge", "elektrischen schlag", "funken", "kurzschluss*", "kurzschluß", "überhitz*", "geschmolzen",
        "schmilzt", "schmolz",
        "rauch(t|te|en|end|wolke|entwicklung)?", "verraucht*", "qualm(t|te|en|wolke)", "verletz*", "erstick*",
        "verschluckt*", "blutet*", "geblutet", "blutung*", "schnittwunde*",
        "krankenhaus*", "notaufnahme", "notarzt", "vergift*", "giftig*", "allerg*", "ausschlag", "hautausschlag",
        "juckreiz", "schwellung*",
        "angeschwollen", "blasen bekommen", "blasen auf", "entzünd*", "übelkeit", "erbrochen", "schimmel*",
        "gefährlich*", "lebensgefahr*",
        "lebensgefährlich", "sicherheitsrisiko", "unsicher für kinder",
    ),
    "fr": (
        "brûl*", "brul*", "pris feu", "prend feu", "prendre feu", "en feu", "incendie*", "flamme(s)?", "explos*",
        "explos(e|é|ée|er)", "électrocut*",
        "electrocut*", "choc(s)? électrique*", "décharge électrique", "étincelle*", "court-circuit*",
        "court circuit*", "surchauff*",
        "fondu(e|s|es)?", "fumée*", "bless(é|ée|és|ées|ure|ures|er)", "étouff*", "étrangl*", "saign*",
        "coup(é|ée) ~ (doigt|main)*", "hôpital*",
        "urgences", "intoxi*", "toxique*", "poison*", "allerg*", "éruption*", "démangeaison*", "irritation*",
        "gonfl(é|ée) ~ (visage|peau|lèvre)*",
        "cloque*", "nausée*", "vomi*", "moisi*", "danger", "dangereu*", "avalé*",
    ),
    "it": (
        "bruci(a|ato|ata|ati|ate|ando|are|atura|ature)", "ustion*", "scott(ato|ata|atura)*", "preso fuoco",
        "prende fuoco", "a fuoco", "in fiamme",
        "fiamm(a|e)", "incendi*", "esplo(so|sa|sione|de|dere)*", "scoppi(ato|ata|a)", "scossa", "scosse",
        "folgorat*", "scintill*", "cortocircuit*",
        "corto circuito", "surriscald*", "fus(o|a|i) ~ (plastica|cavo)*", "sciolt(o|a) ~ (plastica|cavo)*", "fumo",
        "ferit(o|a|i|e)", "tagliat(o|a) ~ (dito|mano)*", "lesion(e|i)",
        "soffoc*", "strozz*", "sangu*", "ospedale", "pronto soccorso", "avvelen*", "velenos*", "tossic*", "allergi*",
        "eruzione cutanea",
        "prurito", "irritazion*", "gonfior*", "vesciche", "nausea", "vomit*", "muffa", "pericolos*", "ingerit*",
        "ingoiat*",
    ),
    "es": (
        "quem(é|ó|ado|ada|adura|aduras|ar|a|an|aron|aba)", "ardiendo", "prendió fuego", "se prendió", "en llamas",
        "llamas", "incendi*", "fuego", "explot*", "explosi*",
        "reventó", "descarga eléctrica", "electrocut*", "calambre*", "chispa(s|zo)?", "cortocircuit*",
        "corto circuito", "sobrecal(e|i)*",
        "recalent*", "derrit*", "derretid*", "humo", "herid(o|a|as|os)", "lesion*", "cort(é|ó|ado) ~ (dedo|mano)*",
        "asfixi*", "atragant*", "ahog*",
        "sangr*", "hospital*", "urgencias", "intoxic*", "tóxic*", "toxic*", "veneno*", "envenen*", "alerg*",
        "alérgic*", "sarpullido*",
        "erupción", "picazón", "ronchas", "hinchaz*", "hinchad* ~ (cara|labio|piel)*", "ampollas", "náusea*",
        "vómit*", "vomit*", "moho", "peligros*",
    ),
    "ja": (
        "火傷", "やけど", "ヤケド", "発火", "出火", "火が出", "燃え", "炎上", "火事", "火災", "爆発", "破裂", "感電",
        "火花", "ショートし", "漏電", "発煙",
        "煙が",
        "異常に熱", "異常発熱", "過熱", "溶け", "けが", "怪我", "ケガ", "負傷", "出血", "血が", "窒息", "喉に詰",
        "誤飲", "病院", "救急", "中毒", "有害",
        "有毒", "毒",
        "アレルギー", "かぶれ", "発疹", "湿疹", "蕁麻疹", "じんましん", "腫れ", "水ぶくれ", "吐き気", "嘔吐", "カビ",
        "危険", "危ない", "指を切", "手を切",
    ),
    "zh": (
        "烧伤", "烫伤", "灼伤", "灼烧", "着火", "起火", "失火", "火灾", "燃烧", "冒烟", "爆炸", "炸了", "炸裂",
        "触电", "电击", "漏电", "短路", "火花",
        "过热", "发烫",
        "烧焦", "烧坏", "融化", "熔化", "受伤", "划伤", "割伤", "流血", "出血", "窒息", "噎住", "卡喉", "误吞",
        "住院", "医院", "急诊", "中毒", "有毒",
        "毒性", "过敏", "皮疹",
        "红肿", "肿了", "起泡", "水泡", "恶心呕吐", "呕吐", "发霉", "霉菌", "危险", "安全隐患",
    ),
}  # fmt: skip

LEGAL: Final[Words] = {
    "en": (
        "lawyer*", "attorney*", "lawsuit*", "sue(d|s)? (you|them|amazon|the)", "suing", "legal action*",
        "class action", "small claims", "in court", "to court", "recall(ed|s)?",
        "counterfeit*", "fake product*", "trademark*", "copyright*", "patent infring*", "infring*",
        "consumer (protection|safety|affairs)*", "cpsc", "fda", "ftc", "better business bureau",
        "police", "fraud*", "attorney general", "liab(le|ility)", "prosecut*", "illegal*",
    ),
    "de": (
        "anwalt*", "anwält*", "rechtsanwalt*", "verklag*", "klage einreich*", "klage ~ (amazon|händler|verkäufer)",
        "gericht(lich|lichen|e|s)?", "abmahn*", "anzeige erstatt*", "strafanzeige*", "rückruf*",
        "fälschung*", "gefälscht*", "plagiat*", "markenrecht*", "verbraucherzentrale*", "verbraucherschutz*",
        "polizei*", "betrug*", "betrüger*", "illegal*", "schadensersatz*", "rechtliche schritte",
    ),
    "fr": (
        "avocat(s|e|es)?", "tribunal*", "procès", "poursuite*", "poursuivre ~ justice", "en justice", "plainte*",
        "porter plainte", "rappel (de|du) produit*", "rappel produit", "contrefaçon*",
        "contrefait*", "faux produit*", "dgccrf", "répression des fraudes", "police", "gendarmerie", "fraude*",
        "arnaque*", "illégal*", "marque déposée",
    ),
    "it": (
        "avvocat*", "tribunale", "causa legale", "azione legale", "azioni legali", "vie legali", "denunci*",
        "querel*", "richiamo (del|di) prodotto", "contraffa*", "falso", "prodotto falso", "codacons",
        "tutela (dei )?consumator*", "polizia", "carabinieri", "truff*", "frod*", "illegal*", "risarciment*",
        "marchio registrato",
    ),
    "es": (
        "abogad*", "demand(a|ar|aré|aremos) (a|al|judicial|legal)", "demanda", "tribunal*", "juicio", "juzgado*",
        "acción legal", "acciones legales", "denunci*", "retirada (de|del) producto", "falsific*",
        "producto falso", "ocu", "defensa (del|al) consumidor", "policía", "fraude*", "estaf*", "ilegal*", "indemniza*",
    ),
    "ja": (
        "弁護士", "訴訟", "訴え", "裁判", "法的措置", "法的手段", "リコール", "偽物", "偽造", "模倣品", "コピー品",
        "商標", "消費者センター", "消費生活センター",
        "消費者庁", "警察", "詐欺",
        "違法", "損害賠償", "通報",
    ),
    "zh": (
        "律师", "起诉", "诉讼", "法院", "法庭", "召回", "假货", "假冒", "仿冒", "伪造", "侵权", "商标", "专利",
        "消费者协会", "消协", "工商局", "市场监管",
        "报警", "警察", "欺诈",
        "诈骗", "违法", "赔偿",
    ),
}  # fmt: skip

HARMLESS: Final[Words] = {
    "en": (
        "burn(s|ed|ing)? (cds?|dvds?|calories|fat|a disc|discs?)", "burn(ed|t)? out", "burn(s|ed|ing)? through",
        "fire (tv|tablet|stick|hd)", "kindle fire", "bursts? of", "bursting with", "not shocking",
        "blown away", "blow(s)? up (the )?(mattress|balloon|bed|pool)*", "smoke free", "smoke-free", "blood orange",
        "blood pressure", "blood sugar", "hot flash*",
        "swell", "flame(d|s)? (red|orange|retardant)", "spark(s|ed)? (joy|interest|my interest|conversation)*",
        "recall (that|how|when|what|if|the|any|ever|having|seeing|my)",
        "(i|can't|cannot|don't|to|you) recall", "melts? in (your|my|the) mouth", "melt(s|ed)? my heart",
        "rash decision", "burnt (orange|red|sienna|umber|out)", "drown(s|ed|ing) in",
        "swallow(s|ed|ing)? (me|you|up)", "allergy season", "hypoallergenic", "burn-in", "slow burn*",
        "choker(s)?", "dying for", "dying for",
    ),
    "de": ("rauchfrei", "rauchmelder*", "hypoallergen*", "feuer und flamme", "unverletz*", "ungefährlich*",
        "ungiftig*"),
    "fr": ("hypoallerg*", "coup de feu", "crème brûlée"),
    "it": ("ipoallerg*", "anallerg*", "a fuoco lento"),
    "es": ("hipoalerg*", "a fuego lento"),
    "ja": ("低刺激", "低アレルギー", "消毒", "気の毒"),
    "zh": ("消毒", "低过敏", "不发烫"),
}  # fmt: skip

NEGATIONS: Final[Mapping[str, str]] = {
    "en": r"\b(no|not|never|without|isn't|wasn't|didn't|doesn't|don't|won't|hasn't|haven't|risk of|free (of|from))\b",
    "de": r"\b(kein(e|en|er|em|es)?|nicht|nie|niemals|ohne|weder)\b",
    "fr": r"(\b(pas|jamais|sans|aucun|aucune|ni|plus)\b)",
    "it": r"\b(non|senza|mai|nessun|nessuna|né)\b",
    "es": r"\b(no|sin|nunca|jamás|ningún|ninguna|ni)\b",
}
"""Before a word, with at most two words in between: then it says that the danger is not there."""
NEGATED_BEFORE: Final[Mapping[str, str]] = {
    "zh": r"(没有|没|不会|不|无|未|并非|避免|防止|防)$",
    "ja": r"(無|非|未|防止)$",
}
NEGATED_AFTER: Final[Mapping[str, str]] = {
    "ja": r"^(は|も|が|する|し|の|り|て|心配[はが]|こと|こと[はも]|性は){0,4}"
    r"(ない|ません|なし|ありませ|無い|ず|防止|しにく|にくい)",
    "zh": r"^(的)?(现象|情况|问题)?(都)?(没有|不存在)",
}

TOPICS: Final[Mapping[str, Words]] = {
    "damaged": {
        "en": ("broken on arrival", "arrived ~ (broken|damaged|dented|cracked)", "came ~ (broken|damaged|cracked)",
            "damaged", "shattered", "dented", "leaked in"),
        "de": ("beschädigt*", "kaputt angekommen", "kaputt an", "zerbrochen", "zerkratzt"), "fr": ("endommagé*",
            "abîmé*", "cassé à la"), "it": ("danneggiat*", "arrivat(o|a) rott(o|a)"),
        "es": ("dañad*", "llegó rot(o|a)", "golpead*"), "ja": ("破損", "壊れて届", "割れて",
            "へこみ"), "zh": ("破损", "损坏", "摔坏",
            "压坏", "碎了"),
    },
    "missing_parts": {
        "en": ("missing ~ (part|piece|screw|cable|cap|lid|manual|accessor)*", "(part|piece|screw)(s)? ~ missing",
            "incomplete", "did not include", "didn't include", "not included"),
        "de": ("fehl(t|en|te|ende|ten)*", "unvollständig"), "fr": ("manqu(e|ait|ant)*",
            "incomplet*"), "it": ("manca*", "mancant*", "incomplet*"), "es": ("falta(n|ba|ban)?", "incomplet*"),
        "ja": ("欠品", "足りな", "入っていな", "不足"), "zh": ("缺件", "少了", "缺少", "漏发", "没有配"),
    },
    "not_as_described": {
        "en": ("not as (described|pictured|advertised|shown)",
            "different (from|than) ~ (picture|photo|description|described|advertised)*",
            "wrong (item|color|colour|product|model)", "misleading*", "false advertis*", "not what i ordered",
            "advertised as"),
        "de": ("nicht wie beschrieben", "nicht wie abgebildet", "falsche(r|s|n)? (artikel|farbe|produkt)*",
            "anders als", "entspricht nicht"), "fr": ("pas conforme*", "non conforme*", "différent de",
            "mauvais (article|produit)", "trompeu*"),
        "it": ("non conforme", "divers(o|a) da", "articolo sbagliato", "non corrisponde",
            "ingannevol*"), "es": ("no es como", "no corresponde", "diferente (a|de)", "equivocad*", "engaños*"),
        "ja": ("説明と違", "写真と違", "違う商品", "説明通りでは"), "zh": ("与描述不符", "描述不符", "和图片不",
            "货不对", "发错", "与图片"),
    },
    "size": {
        "en": ("too (small|big|large|tight|loose|short|long|narrow|wide)", "runs (small|large|big)", "size(s|d)?",
            "sizing", "fit(s|ted|ting)?", "didn't fit", "does not fit", "apparel_too_*"),
        "de": ("zu (klein|groß|gross|eng|weit|kurz|lang)", "größe*", "passt nicht",
            "fällt ~ aus"), "fr": ("trop (petit|grand|serré|large|court|long)*",
            "taille*"), "it": ("troppo (piccol|grand|strett|larg|cort|lung)*", "taglia*", "misura"),
        "es": ("demasiado (pequeñ|grande|estrech|ancho|cort|larg)*", "muy (pequeñ|grande|estrech)*", "talla*",
            "tamaño"), "ja": ("サイズ", "小さすぎ", "大きすぎ", "きつい"), "zh": ("尺寸", "尺码", "太小", "太大",
            "偏小", "偏大", "太紧"),
    },
    "quality": {
        "en": ("stopped working", "doesn't work", "does not work", "did not work", "didn't work", "not work(ing)?",
            "quit working", "broke", "broken", "breaks", "defect*", "fell apart", "falls apart",
            "poor(ly)? (quality|made|built)", "cheap(ly)? made", "flimsy", "quality", "died", "faulty", "junk",
            "tore", "ripped", "peel(s|ed|ing)?", "faded"),
        "de": ("defekt*", "kaputt*", "funktioniert nicht", "qualität*", "gebrochen",
            "mangelhaft*"), "fr": ("ne (fonctionne|marche) (pas|plus)", "défectu*", "cassé*", "qualité", "en panne"),
        "it": ("non funziona*", "difettos*", "rott(o|a)", "qualità", "guast*"), "es": ("no funciona*", "defectuos*",
            "rot(o|a)", "calidad", "se rompió", "dejó de funcionar"),
        "ja": ("壊れ", "故障", "不良", "動かな", "品質", "使えな"), "zh": ("质量", "坏了", "不能用", "故障",
            "不工作", "次品", "做工"),
    },
}  # fmt: skip
