"""Invented persons, numbers, addresses and places of six languages, with which `training.identifiers` fills its templates.

No name is a real person's: given names and surnames are drawn apart from Faker's lists, and near half of the surnames are made of parts.
"""

from __future__ import annotations

import random
import re

from training import spoken

LOCALES = {
    "en": ("en_GB", "en_US", "en_IN"), "de": ("de_DE", "de_AT", "de_CH"), "fr": ("fr_FR", "fr_CA"), "es": ("es_ES", "es_MX", "es_CO"),
    "it": ("it_IT",), "pt": ("pt_PT", "pt_BR"),
}  # fmt: skip
FOREIGN = (
    "pl_PL",
    "sv_SE",
    "nl_NL",
    "tr_TR",
    "cs_CZ",
    "hr_HR",
    "hu_HU",
    "fi_FI",
    "no_NO",
    "da_DK",
    "ro_RO",
    "en_NG",
    "en_KE",
    "vi_VN",
    "az_AZ",
    "id_ID",
)
PARTICLES = {
    "en": "Mac|Fitz|Mac Giolla|van|de|O'", "de": "von|v.|von der|zu|vom", "fr": "de|du|d'|de La|Le", "es": "de la|de|del|de los", "it": "della|di|de|dalla|del|lo",
    "pt": "da|dos|de|do|da Costa",
}  # fmt: skip
MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
}
TITLES = {
    "en": "Mr Mrs Ms Miss Mr. Mrs. Mx Lord Lady Sir Rev. Master", "de": "Herr Frau Hr. Fr. Hrn. Herrn Frl.", "fr": "M. Mme Mlle Monsieur Madame Maître Mr Me", "es": "Sr. Sra. D. Doña Don Dña. Srta. D.ª",
    "it": "Sig. Sig.ra Signor Signora sig. sig.ra Sig.na Don", "pt": "Sr. Sra. Dona Senhor D. Sr.ª Seu Senhora",
}  # fmt: skip
DOCTORS = {
    "en": "Dr|Dr.|Prof.|Professor|Mr|Consultant|Mr.|Dr|Drs|Miss|Surgeon|Capt.|Sr", "de": "Dr.|Dr. med.|Prof. Dr.|PD Dr.|OA Dr.|OÄ|Dr. Dr.|Prof.|Dr. med. univ.|Dipl.-Med.|Oberarzt Dr.|CA Dr.|Frau Dr.|Herr Dr.|PD", "fr": "Dr|Docteur|Pr|le Dr|Professeur|Dr.|Pr.|Mme le Dr|Dre|Interne|le Pr|Professeur|Madame le Docteur",
    "es": "Dr.|Dra.|Prof.|el Dr.|la Dra.|Dr|Dra|Doctor|Doctora|Sra. Dra.|Sr. Dr.|Prof. Dr.|residente", "it": "Dr.|Dott.|Dott.ssa|Prof.|il dott.|Dr.ssa|Dr|Prof.ssa|dott.ssa|Dottor|Dottoressa|la dott.ssa|specializzando", "pt": "Dr.|Dra.|Prof.|o Dr.|a Dra.|Dr|Dra|Doutor|Doutora|Prof. Dr.|Profa.|interno|Prof.ª",
}  # fmt: skip
PLACES = {
    "en": "St {g}'s Hospital|St. {g}'s Infirmary|{c} General Hospital|{c} Radiology Associates|Royal {c} Infirmary|{c} Medical Center|{s} Memorial Hospital|{c} Imaging Centre|{s} & {s} Diagnostics|University Hospital {c}|{c} Health Centre|The {s} Clinic|{c} Community Hospital|{s} Surgery|{c} District Hospital|Queen {g} Hospital|{c} Royal|{s} Heart Institute|{c} Cancer Centre|{s} House|{c} Care Home|{s} Lodge Nursing Home|{c} Children's Hospital|St {g}'s|{s} Family Practice|{c} VA Medical Center|{s} Breast Unit|{c} MRI Centre|Hospice of {c}|{s} Imaging|{c} Eye Hospital|{c} Memorial|Our Lady of {c}",
    "de": "Klinikum {c}|St.-{g}-Krankenhaus|Universitätsklinikum {c}|Radiologie {c}|Radiologische Praxis {s}|MVZ {c}|Kreiskrankenhaus {c}|{c}er Klinik|Praxis Dr. {s}|{s}-Klinik {c}|Krankenhaus {c}-Nord|Marienhospital {c}|Röntgenpraxis am {s}platz|Diakonie {c}|Klinik {s}|Herzzentrum {c}|Seniorenzentrum {s}|Pflegeheim {s}|Altenheim St. {g}|MVZ Radiologie {c}|Kinderklinik St. {g}|St.-{g}-Stift|Praxis {s} & {s}|Lungenklinik {c}|Unfallklinik {c}|Reha-Klinik {s}|Städtische Kliniken {c}|Strahlenzentrum {c}|Diagnostikum {c}|Haus {s}|Radiologie am {s}|Hospital zum Heiligen {s}|LKH {c}|Spital {c}",
    "fr": "CHU de {c}|Hôpital {g}-{s}|Clinique {s}|Centre d'imagerie {s}|Polyclinique de {c}|CH de {c}|Hôpital Saint-{g}|Clinique du {s}|Centre hospitalier de {c}|Cabinet de radiologie {s}|Institut {g} {s}|Hôpital {s}|Maison de santé de {c}|EHPAD {s}|EHPAD Les {s}|Résidence {s}|Hôpital des Enfants de {c}|Institut {s}|CHR {c}|CHU {g} {s}|Clinique du Val de {s}|Clinique Saint-{g}|Centre d'Imagerie du {s}|Centre d'imagerie de {c}|Cabinet {s}|hôpital {s}|Fondation {s}|Polyclinique des {s}|Centre {g} {s}|Hôpital privé de {c}|SSR {s}|Maison de retraite {s}",
    "es": "Hospital {c}|Hospital San {g}|Clínica {s}|Centro de Salud {c}|Hospital Universitario de {c}|Hospital {g} {s}|Policlínica {s}|Clínica Nuestra Señora de {c}|Centro Médico {s}|Hospital General de {c}|Instituto {s}|Sanatorio {s}|Hospital Comarcal de {c}|Residencia {s}|Residencia {g} {s}|Hospital Comarcal {c}|Hospital Santa {g}|Centro de Diagnóstico {s}|Clínica {g} {s}|Hospital Virgen de {s}|Consultorio {c}|Complejo Hospitalario de {c}|Fundación {s}|CAP {c}|Hospital Infantil {s}|Resonancia {s}|Hospital {g} {s} de {c}|Hospital Príncipe de {s}|Instituto Oncológico {s}|Geriátrico {s}|IMSS {c}",
    "it": "Ospedale {c}|Ospedale San {g}|Policlinico {g} {s}|Casa di Cura {s}|ASL {c}|AOU {c}|Clinica {s}|Istituto {s}|Ospedale civile di {c}|Centro Diagnostico {s}|Poliambulatorio {s}|Presidio di {c}|Azienda Ospedaliera di {c}|RSA {s}|Casa di riposo {s}|Ospedale {g} {s} di {c}|Clinica Sant'{g}|Clinica Santa {g}|Istituto Ortopedico {s}|Ospedale dei Bambini di {c}|Fondazione {s}|Studio {s}|Studio Radiologico {s}|Centro Medico {s}|ASST {c}|IRCCS {s}|Ospedale Maggiore di {c}|Nuovo Ospedale {s}|Villa {s}|USL {c}|Ospedale Principe di {c}",
    "pt": "Hospital São {g}|Hospital de {c}|Santa Casa de {c}|Clínica {s}|UBS {c}|Centro Hospitalar de {c}|Hospital {g} {s}|Instituto {s}|Centro de Saúde de {c}|Clínica Santa {g}|Hospital Municipal de {c}|Casa de Saúde {s}|Unidade Local de Saúde de {c}|Lar {s}|Lar de idosos {s}|Hospital Santa {g}|Hospital Universitário de {c}|Centro de Diagnóstico {s}|Clínica {g} {s}|Hospital das Clínicas de {c}|Fundação {s}|USF {c}|Hospital Infantil {s}|Imagem {s}|Hospital {g} {s} de {c}|Hospital Príncipe de {s}|ULS {c}|Laboratório {s}|UPA {c}|Hospital Distrital de {c}|Casa de Repouso {s}",
}  # fmt: skip
STREETS = {
    "en": "{n} {s} Street, {c}|{n} {s} Road, {c} {z}|Flat {d}, {n} {s} Lane, {c}|{n} {s} Close|{n}B {s} Avenue, {c}, {z}|{n} {c} Drive, {c}|The Old Mill, {s} Way, {c}|{n} Upper {s} Terrace|PO Box {n}, {c}|{n} {s} Court, {c}, {c}|Apt {d}C, {n} {s} Blvd, {c}, TX {Z}|{n} N. {s} Rd, {c}, OH {Z}|{s} Cottage, {c}|{s} Farm, {c}, {z}|Unit {d}, {n} {s} Parade, {c}|{n} {s} Row|Flat {d}, {s} House, {c} {z}|{n} {s} {c} Hill|c/o {n} {s} Gardens|{d} The {s}, {c}|Caravan {d}, {s} Park, {c}|RR {d} Box {n}, {c}|{n} West {n}th Street, {c}",
    "de": "{s}straße {n}, {Z} {c}|{s}weg {n}a, {c}|Am {s} {n}, {Z} {c}|{g}-{s}-Straße {n}|{s}gasse {n}, {Z} {c}|{s}platz {d}|An der {s} {n}, {c}|Alte {s}str. {n}, {Z} {c}|Postfach {n}, {Z} {c}|{s}allee {n}|Hof {s}, {c}|{s}ring {n}, {c}|Marktplatz {d}, {Z} {c}|Kirchweg {n}|{s}er Straße {n}, {Z} {c}|{s}damm {n}|Zum {s} {d}, {c}|Haus Nr. {d}, {c}|{s}ufer {n}/{d}, {Z} {c}|Obere {s}gasse {d}|{g}platz {d}|Dorfstraße {n}, {c}|Im {s} {n}, {c}",
    "fr": "{n}, rue {g} {s}, {Z} {c}|{n} avenue de {c}, {c}|{n} bis rue des {s}s|{n} chemin du {s}, {Z} {c}|{d} place {s}|{n} boulevard {s}, {Z} {c}|{n} impasse des {s}|allée {s}, {Z} {c}|{n} rue de la {s}, {c}|BP {n}, {Z} {c}|lieu-dit {s}, {c}|{d}, place {s}|résidence {s}, bât. {d}, {c}|{n} ter, cours {s}, {c}|{n} allée des {s}|quai {s} {n}|{n}, route de {c}|hameau de {s}, {Z} {c}|{n} square {g} {s}|appt {d}, {n} rue {s}, {Z} {c}|{n} montée du {s}",
    "es": "calle {s} {n}, {d}º B, {Z} {c}|C/ {s} {n}, {c}|Avda. de {c} {n}, {d}ºA|plaza {s} {d}|Paseo de {s}, {n}, {Z} {c}|c/ {g} {s}, {n}|carretera de {c} km {d}|Travesía {s} {n}|Apartado de Correos {n}, {Z} {c}|Carrer de {s} {n} bis, {Z} {c}|Ronda de {s}, {n}|urbanización {s}, {d}|C/{s}, {n}, {d}º izq., {c}|Av. {s} {n}, {Z} {c}|Camino de {s}, s/n, {c}|Glorieta {s}, {d}|barrio {s}, {n}, {c}|Polígono {s}, parcela {d}|Rambla {s} {n}, {d}-{d}|Gran Vía {n}, {d}ºC, {c}|Cra. {n} # {n}-{n}, {c}",
    "it": "via {s} {n}, {Z} {c}|Via {g} {s} {n}, {c}|viale {s}, {n}|piazza {s} {d}, {Z} {c}|corso {s} {n}, {c}|vicolo {s} {d}|largo {g} {s}, {n}|strada {s} {n}/{d}, {c}|Casella Postale {n}, {Z} {c}|via {s} {n}/bis, {Z} {c}|via dei {s} {n}, {c}|località {s} {n}|contrada {s}, {c}|frazione {s} {d}, {c}|salita {s} {n}|lungarno {s} {n}, {Z} {c}|via della {s} {n}|piazzale {s} {d}, {c}|borgo {s} {n}|via {g} {s} {n}, int. {d}, {Z} {c}|calle {s} {n}, {c}",
    "pt": "Rua {s}, {n}, {c}|Av. {g} {s}, {n}, {d}º andar|Travessa {s} {d}, {Z} {c}|rua das {s}s, {n}|Praça {s}, {d}|Largo do {s} {n}, {c}|Alameda {s}, {n}, apto {d}|Estrada de {c}, {n}|Apartado {n}, {z4} {c}|Rua {s} {n}-bis, {Z}-{n} {c}|Rua Dr. {s}, {n}, {d}º Esq., {z4} {c}|Quinta do {s}, {c}|Bairro {s}, bloco {d}, {c}|R. {g} {s}, {n}, ap. {n}, {c}|Avenida da {s} {n}, {z4} {c}|Lote {d}, {s}, {c}|Rodovia {s}, km {n}|Sítio {s}, {c}|Beco do {s}, {d}|Quadra {d}, lote {n}, {c}|Calçada do {s} {n}",
}  # fmt: skip
TOWNS = {
    "en": "{s}-on-Sea|Upper {s}|{s}ton Magna|Little {s}|{s} St {g}|Port {s}", "de": "Bad {s}|{s}dorf|Ober{c}|{s}hausen|St. {g} am {s}|Neu{c}",
    "fr": "Saint-{g}-de-{s}|{s}-sur-Mer|Sainte-{g}|{s}-les-Bains|Le {s}|La {s}", "es": "San {g} de la {s}|Villa{c}|Santa {g} del {s}|{s} del Río|Los {s}|La {s}",
    "it": "San {g} al {s}|Castel {s}|{s} Terme|Santa {g} {s}|Monte{c}|Borgo {s}", "pt": "São {g} da {s}|Vila Nova de {s}|Santa {g}|{s} do Sul|Foz do {s}|Póvoa de {s}",
}  # fmt: skip
AGES = {
    "en": "{a}-year-old|{a} y/o|{a}yo|aged {a}|{a} years old|age {a}|{a}-yr-old|{a} yrs|{a}F|{a} M|ninety-four|{a}|ninety years|{a}-y-o|a {a}yr old|ninety-one-year-old|{a}y|in her nineties", "de": "{a}-jährige|{a} Jahre|{a} J.|{a}-jähriger|Alter {a}|{a}j.|{a}|{a} Jahren|{a} J|{a}-jährigen|{a} Lj.|{a} Jahre alt|neunzig Jahre|{a}a",
    "fr": "{a} ans|âgée de {a} ans|âge {a}|{a}ans|{a}|{a} a|de {a} ans|{a} printemps|quatre-vingt-douze ans|{a} ans passés", "es": "{a} años|{a} a.|edad {a}|de {a} años|{a}|{a} a|{a}a|noventa y dos años|{a} añitos|{a}-años", "it": "{a} anni|di {a} anni|età {a}|{a} aa|{a}|{a} a.|{a}enne|novantadue anni|{a}aa|anni {a}",
    "pt": "{a} anos|{a}a|idade {a}|de {a} anos|{a}|{a} a|noventa e dois anos|{a} a.|{a}-anos|anos {a}",
}  # fmt: skip
NUMBERS = {
    "M": "00######|#######|########|##-###-##|A######|K-######|#/####/##|MR#######|######-##|H####### |@@######|##.###.###|P#########|@ ### ####|##.###|###-###|####-####|@@ ### ####|@@@ ##-####|####/@@@/####|#######@|#####-@|##-##-##|@@-#######|@@#####|# ### ###|#####/##|@-####-####|@@@-#####|@########|###.###|@@@#######|0000######|@#.###.###|####.####|#######/##|###.###|##-######-#|@ ######|@@@#######|@@-@@-#####|#### ####|####/######|@/#####|##-#####|####.####|@@@######@|#.###.###-#|###/####/@",
    "X": "########|A########|RAD-####-#####|CT##-#####|##@@######|2024######|E#######|@@@##-####|ACC#######|#######/##|XR-######|@@@-#####|@@-##-#####|##-###-####|@-########-####|@@@########-###|@@########|1.2.###.######.2.##.#.######.###|####@########|@-######|@@@@-#####|@@########@|####/#####|@@ #### ####|##########|@@/####/####|##.####.##|@@@####/####|##########|####/@@/######|##-@@-######|#-#######|@@########|@@@-##-####|@@@/##/######|########.#|@@##-####|@@ ###/####",
    "I": "### ### ####|@@ ## ## ## @|###-##-####|@###############|# ## ## ## ### ### ##|########@|@@@@@@##@##@###@|@#########|###.###.###-##|### ## ####|### #### #### ####|@@@###########|##.###.###-@|##.###.###-#|@@######|@@ ######|@@@ #######|@-####-##|@###### #|## ###### @ ###|####.####.####.##|@ ### ### ###|###-###-###|@@ ## ## ## @|## ########## ##|@##@##@##|#.###.###|########-#|@-######-@|@@-##-######|### ### ###|@@@@##########|@@@@ #### ####|##/########/##|#@@#-@@#-@@##|### ######|@@@@ ######## ####|@########|#### ######|##.###.###-@|@-##.###.###|# ### ########### #|@@##@@@##@#######|########@|####-##-####-#|@@-######-#|##-@-######|@@@ ######|########.#|######-##|### ### ### ###|##-###-#####",
    "S": "@@@#######|PJN######|@@######@|####-#####|##@####|SN######|@#######|@@-####-@##|#########|@###-####|@@@ ######@|@@@ ### ###|#######-@@|@@@######@|@@ ######|@##### @|@@@-######|#### #### ##|@@#@######|@@@#####/#|##-@@-####|@@@@######|@.######|######-@|#######@|@@@-########|@##-#######|@@ ########|@@-########|#### @@####|######|####-####|@@@@##@#|@@@ ######|@@#/######|#######/@",
}  # fmt: skip
NOUNS = {
    "en": "Church High Station Mill Park Victoria Bridge Castle Chapel School Manor Oak Willow Maple Cedar Elm Birch Hawthorn Primrose Lavender Rosemary King Queen Market Harbour Harbor River Lake Valley Forest Meadow Orchard Priory Abbey Spring Sunset Cherry Laurel Holly Kingfisher Heron Mulberry Old Forge",
    "de": "Bahnhof Schul Kirch Garten Berg Wald Mühlen Linden Kastanien Eichen Birken Rosen Tulpen Flieder Ahorn Haupt Dorf Markt Schloss Burg Kloster Brunnen Wiesen Sonnen Ring Hafen Deich Post Friedhof Industrie Goethe Schiller Mozart Beethoven Luther Bismarck Feld Bach Amsel Lerchen Nelken",
    "fr": "République Église Mairie Gare Liberté Victoire Paix Fontaine Moulin Château Lilas Acacias Mimosas Tilleuls Marronniers Peupliers Oliviers Lavandes Rosiers Roses Vignes Écoles Four Puits Pont Lavoir Prés Champs Bois Forêt Source Poste Commerce Pasteur Gambetta Jaurès Clemenceau Foch Leclerc Hugo Verdun Cerisiers Platanes",
    "es": "Mayor Iglesia Constitución Paz Libertad Estación Fuente Molino Castillo Sol Luna Rosales Olivos Naranjos Almendros Pinos Cruz Plata Nueva Real Ancha España Andalucía Europa Mar Puerto Río Huerta Era Ermita Convento Colón Cervantes Goya Juárez Hidalgo Reforma Insurgentes Independencia Bolívar Sarmiento Rivadavia",
    "it": "Roma Garibaldi Mazzini Cavour Matteotti Verdi Dante Marconi Tigli Pini Mille Chiesa Stazione Mulino Castello Fontana Forno Pozzo Giardini Rose Olivi Querce Ulivi Vittoria Libertà Indipendenza Repubblica Popolo Duomo Mercato Ponte Torre Porta Mare Lago Monte Bosco Orti Scuole Partigiani Resistenza Vigne",
    "pt": "Flores República Liberdade Igreja Estação Fonte Moinho Castelo Sol Rosas Oliveiras Laranjeiras Pinheiros Cruz Prata Nova Direita Rossio Almada Santos Paulista Brasil Portugal Restauração Combatentes Bombeiros Escola Mercado Ponte Praia Rio Serra Poço Forno Eiras Amoreiras Palmeiras Ipiranga Independência Voluntários Acácias Alegria",
}  # fmt: skip
WAYS = {
    "en": "{n} {o} Street, {c} {z}|{n} {o} Road|{n} {o} Lane, {c}, {z}|Flat {d}, {n} {o} Row, {c} {z}|{n} {o} Close, {c} {z}|{n} {o} View Terrace Apt {d}B, {c}, MA {Z}|{n} W {o} Dr, {c} AZ {Z}|{n} E {o} Valley Rd, {c}, TX {Z}-{f}|{n}/{d} {o} Gardens, {c} {z}|{n} {o} Ave, Unit {d}, {c}, ON {k}|{n} {o} St, {c} VIC {f}|The {o}, {n} {o} Avenue, {c} {z}|{o} House, {n} {o} Street, {c}, {z}|P.O. Box {n}, {c}, MT {Z}|{o} Surgery, {d} {o} Street, {c} {z}|Room {n}, {o} Lodge, {c}|Apt. {d}, {o} Court, {c}, Co. {c}|{n} {o} Park, Dublin {d}",
    "de": "{o}straße {n}, {Z} {c}|{o}str. {n} {d}, {Z} {c}|{o}weg {n}, {Z} {c}|{o}gasse {d}, {Z} {c}|{o}allee {n} in {Z} {c}|{o}platz {d}, {Z} {c}|Am {o}hof {n}, {Z} {c}|{c}er Straße {n}/{d}, {f} {c}|{o}strasse {n}, {f} {c}|Postfach {d}{d} {d}{d} {d}{d}, {Z} {c}|{Z} {c}|{f} {c}|{o}ring {n} b, {Z} {c}|Neue {o}gasse {n}/{d}, {Z} {c}|Auf der {o} {d}, {Z} {c}|{o}damm {n}, Hinterhaus, {Z} {c}|Haus {o}, {o}straße {d}, {Z} {c}|{o}zeile {n}/{d}/{d}, {f} {c}|D-{Z} {c}, {o}straße {n}",
    "fr": "{n} rue des {o}, {Z} {c}|{n}, rue de la {o}, {Z} {c}|{n} bis avenue du Général {o}, {Z} {c}|place de la {o}, {Z} {c}|{n} quai {o} {Z} {c}|Résidence du {o}, bât. {b}, {n} allée des {o}, {Z} {c}|{d} impasse du {o}, {Z} {c}|{d} chemin des {o} à {c}|{n}{d}, rue {s}, app. {d}, {c} (Québec) {k}|{n} boul. {o}, {c} {k}|BP {n}{d}, {Z} {c} Cedex {d}|Chaussée de {c} {n}, {f} {c}|ch. des {o} {d}, {f} {c}|{d} rue {o}, L-{f} {c}|Grand-Rue {n}, {f} {c}|lotissement Les {o}, villa {d}, {Z} {c}|rue des {o} à {c}|{n} cours de la {o}, {Z} {c} CEDEX|av. de la {o} {n}, bte {d}, {f} {c}|Le {o}, lieu-dit {s}, {Z} {c}",
    "es": "C/ {o} {n}, {d}.º {b}, {Z} {c}|calle {o}, {n}, {c}|Avda. de la {o}, {n}, {d}.º {b}, {Z} {c}|Plaza de la {o} s/n, {Z} {c}|Av. {o} Sur {n}, Col. {s}, {Z} {c}|Calle {o} #{n}, Col. {o}, {c}, {Z}|Pasaje Los {o} 0{n}, {c}|Carretera de {o}, {n}, bajo izq., {Z} {c}|Apartado de correos {n}, {Z} {c}|Rúa do {s} {n}, {Z} {c}|Camino Viejo de {s} {d}, {c}|{o} {n}{d}, piso {d} dto. {b}, {b}{f} {c}|Cra {n} # {n}-{n} apto {n}, {c}|Cuesta de San {g} {d}, {c}|{Z} {c}|C.P. {Z} {c}|Jr. {o} {n}, {c}|Paseo de la {o}, {n}, esc. {b}, {d}.º {d}.ª, {Z} {c}|Carrer del {o}, {n}, {Z} {c}|Av. Libertador {n}{d}, {c}",
    "it": "via {o} {n}, {Z} {c}|via dei {o} {n}, {Z} {c}|Corso {o} {n}, {Z} {c} (TO)|Via {o} {n}/{b}, {Z} {c}|Piazza del {o} {d}, {Z} {c} (MI)|vicolo del {o} {d}, {c}|Fraz. {s} {n}, {Z} {c} ({q})|località {s} {n}, {Z} {c} ({q})|Str. Provinciale {n} km {d}, {Z} {c} {q}|via Ca' {s} {d}/b, {Z} {c} ({q})|Casella Postale {n}, {Z} {c}|{Z} {c}|via {o} {d}, {f} {c}|Viale della {o} {n}, scala {b}, int. {d}, {Z} {c}|P.zza {o} {d}, {c} ({q})|Cannaregio {n}{d}, {Z} {c}|{s}gasse {n}, {Z} {c}/{c}|via delle {o} {n}, {Z} {c} in {s} ({q})|C.da {s} snc, {Z} {c} ({q})",
    "pt": "Rua das {o}, {n}, {d}.º Esq., {z4} {c}|Rua da {o}, {n}, {c} - CE, {Z}-{h}|Av. {o} {n}{d}, ap. {n}, {c} - RJ|R. {o} {n}, Centro, {c}/SC|Travessa do {o} {d}, {z4} {c}|Rua {o} {n}/{n}, {s}, {c}|Alameda {o} {n}, cj. {n}, {Z}-{h} {c} - SP|Largo do {o}, n.º {d}, r/c, {z4} {c}|{Z}-{h} {c} RN|Bairro {o}, lote {n}, {c}|Urb. Quinta {o}, lt. {d}, r/c dto., {z4} {c}|Apartado {n}, {z4} {c}|Praceta {o}, {d}, {z4} {c}|Lugar da {o}, {z4} {c}|SQN {n} Bloco {b} ap. {n}, {c}-DF|Rua {o} - sala {d}, {c} PR|Av. da {o} {n}, {z4} {c}|Estr. da {o}, {n}, casa {d}, {c}, CEP {Z}-{h}",
}  # fmt: skip
"""Streets called after what stands or grows there, with the postcodes of the languages' countries."""
PHONES = {
    "en": "07### ######|020 7### ####|+44 7### ######|(###) ###-####|###-###-####|ext ####|0### ### ####|+1 ### ### ####|bleep ####|0#### ######|07###-######|###.###.####|(0##) #### ####|(###) ###-####|### ### ####|####-######|+44 (0)## #### ####|1-###-###-####|0### ######|+61 4## ### ###|(###) ###-#### x##|x####|ext. ####|+1 ### ### ####|###-#### x###|0##### ### ###|1-800-###-####|+353 8# ### ####",
    "de": "0### #######|0##/######|+49 ### ########|01## ########|0#### ####-##|(0##) ### ## ##|Durchwahl ###|0####-#######|0##/#### ####|+43 ### #######|0### / ## ## ##|01##-#######|0##### / ####|+41 ## ### ## ##|0#### / ## ## ##|####-#####|0## ### ## ##|0####/#####-##|(0####) ####-###|0#####-### ###|0###/### ## ##|+49 ### ########|00## ### ### ####|## - ###|#-####|###|+41 ## ### ## ##|0##/### ## ##", "fr": "0# ## ## ## ##|+33 # ## ## ## ##|0#.##.##.##.##|0#########|poste ####|06 ## ## ## ##|0#-##-##-##-##|+32 ### ## ## ##|+33(0)# ## ## ## ##|+41 ## ### ## ##|(0#) ## ## ## ##|### ###-####|0# ## ## ####|(+352) ## ## ##|0#.##.##.##.##|# ####|+33 7 ## ## ## ##|###-###-####|+32 # ### ## ##|0#/### ## ##",
    "es": "6## ### ###|9## ## ## ##|+34 6## ## ## ##|6########|91# ### ###|ext. ####|6##-##-##-##|9## ### ###|6## ## ## ##|(9#) ### ## ##|+52 ## #### ####|9##-##-##-##|+57 3## ### ####|6##.###.###|9### ####|(0##) ###-####|+34 9## ## ## ##|9## ## ## ##|9##.##.##.##|## ####-####|(##-#) #### ####|#### ####|+591 # ### ####|(0##) 15 ####-####|9##-##-##-##|## #### ####|+54 9 ## ####-####", "it": "3## #######|0## #######|+39 3## ### ####|0##/######|3## ## ## ###|int. ###|3##-###-####|0## #######|(0#) #######|0#-########|3##.#######|+39 0# ########|3## ### ####|0### ######|3##/#######|0## ## ## ###|800 ### ###|3##.###.####|0##-###-##-##|+39 3## ### ## ##|0## #### ####|0### ## ## ##|0###/######|+41 ## ### ## ##|3#########|## ########",
    "pt": "9## ### ###|(##) 9####-####|+351 9## ### ###|+55 ## 9####-####|2## ### ###|(##) ####-####|ramal ####|9##-###-####|2## ### ###|(##) #### ####|9## ### ###|## 9 #### ####|9########|## #####-####|+351 2## ### ###|93 ### ## ##|0800 ### ####|(21) ########|+55 ## 9####-####|## ### ## ##|9## ### ###|(##) ####-####|## #####-####|## ### ## ##|+351 ### ### ###|## #### ####|#### ####",
}  # fmt: skip
HEADS = "Brack Wether Dool Ravens Lind Okon Oyel Castel Hart Thorn Brandt Mont Belle Karl Steg Dub Mal Vasc Quint Zab Fer Cala Mira Sal Gros Wack Hol Pern Dunk Tar Bel Rov Sev Tav Cor Mar Zan Fab Bert Gal Per Tei Alv Nog Barr Queir Mour Vil Rib Cast Ferr Gui Laf Bon Dela Mer Char Gauth Rous".split()
TAILS = "enbury erby ittle worth qvist kwo aran lanos ington field feld hausen mann macher stein bach villard ette aux eau in ard ier oni elli ucci asco ini ato eira inho edo osa ães ez illo ado ero uelos ova ski wicz enko ansen sson idis opoulos uchi amoto adze yan okafor embe ubuike ullah abadi".split()


def lists(lang: str, times: int = 1) -> tuple[list[str], list[str], list[str]]:
    """Given names, surnames and towns of a language's countries, and foreign ones."""
    from faker import Faker

    given, surnames, towns = [], [], []
    for locale in LOCALES[lang]:
        fake = Faker(locale)
        fake.seed_instance(7)
        given += [fake.first_name() for _ in range(500 * times)]
        surnames += [fake.last_name() for _ in range(700 * times)]
        towns += [fake.city() for _ in range(200)]
    for locale in FOREIGN:
        fake = Faker(locale)
        fake.seed_instance(7)
        given += [fake.first_name() for _ in range(40)]
        surnames += [fake.last_name() for _ in range(50)]
    latin = re.compile(r"[^\W\d_][^\d_]*")
    return tuple([word for word in dict.fromkeys(part) if latin.fullmatch(word)] for part in (given, surnames, towns))  # type: ignore[return-value]


class Filler:
    """Fills a template's places for one language."""

    def __init__(self, lang: str, pick: random.Random, *, unseen: bool = False) -> None:
        """`unseen` takes the half of all names that training does not see."""
        self.lang, self.pick = lang, pick
        half = slice(1, None, 2) if unseen else slice(0, None, 2)
        self.given, self.surnames, self.towns = (part[half] for part in lists(lang))
        self.made = [head + tail for head in HEADS for tail in TAILS][half]

    def surname(self) -> str:
        one = self.pick.choice(self.made if self.pick.random() < 0.4 else self.surnames)
        return f"{one}-{self.pick.choice(self.surnames)}" if self.pick.random() < 0.08 else one

    def first(self) -> str:
        if self.pick.random() < 0.2:
            return self.pick.choice(HEADS) + self.pick.choice(("ina", "ia", "ene", "o", "us", "el", "ette", "ine", "ara", "wen", "ie", "a"))
        return self.pick.choice(self.given)

    def person(self) -> str:
        first, last, pick = self.first(), self.surname(), self.pick
        two = self.lang in ("es", "pt") and pick.random() < 0.5
        whole = f"{last} {self.surname()}" if two else last
        form = pick.random()
        if pick.random() < 0.07:
            whole = f"{pick.choice(PARTICLES[self.lang].split('|'))} {whole}"
        titled = f"{pick.choice(TITLES[self.lang].split())} "
        if form < 0.42:
            said = f"{first} {whole}"
        elif form < 0.52:
            said = f"{last.upper()}, {first}" if pick.random() < 0.5 else f"{whole}, {first}"
        elif form < 0.58:
            said = f"{whole.upper()} {first}"
        elif form < 0.66:
            said = f"{first[0]}. {whole}"
        elif form < 0.78:
            said = titled + whole
        elif form < 0.86:
            said = titled + f"{first} {whole}"
        elif form < 0.92:
            said = f"{first} {self.first()} {whole}"
        elif form < 0.95:
            said = f"{first} {whole}".upper()
        elif form < 0.97:
            said = f"{whole.upper()} {first.upper()}"
        else:
            said = f"{first} {whole}".lower()
        return said

    def address(self) -> str:
        return self.text(self.pick.choice((STREETS if self.pick.random() < 0.4 else WAYS)[self.lang].split("|")))

    def doctor(self) -> str:
        form = self.pick.random()
        if form < 0.12:
            return f"{self.first()} {self.surname()}, {self.pick.choice(('MD', 'MD', 'FRCR', 'MBBS', 'PhD'))}"
        title = self.pick.choice(DOCTORS[self.lang].split("|"))
        return (
            f"{title} {self.surname()}"
            if form < 0.5
            else f"{title} {self.first()} {self.surname()}"
            if form < 0.9
            else f"{title} {self.first()[0]}. {self.surname()}"
        )

    def number(self, shape: str) -> str:
        signs = {"#": "0123456789", "@": "ABCDEFGHJKLMNPRSTVWXYZ"}
        return "".join(self.pick.choice(signs[sign]) if sign in signs else sign for sign in shape).strip()

    def text(self, shape: str) -> str:
        made = shape.replace("{n}", str(self.pick.randint(1, 240))).replace("{d}", str(self.pick.randint(1, 9)))
        made = made.replace("{k}", self.number("@#@ #@#")).replace("{f}", self.number("####")).replace("{h}", self.number("###"))
        made = made.replace("{q}", self.number("@@")).replace("{b}", self.number("@"))
        made = made.replace("{z4}", self.number("####-###")).replace("{z}", self.number("@@## #@@")).replace("{Z}", self.number("#####"))
        for sign, draw in (
            ("{o}", lambda: self.pick.choice(NOUNS[self.lang].split())),
            ("{s}", self.surname),
            ("{g}", self.first),
            ("{c}", lambda: self.pick.choice(self.towns)),
        ):
            while sign in made:
                made = made.replace(sign, draw(), 1)
        return made

    def date(self, low: int, high: int) -> str:
        day, month, year = self.pick.randint(1, 28), self.pick.randint(1, 12), self.pick.randint(low, high)
        name = MONTHS[self.lang].split()[month - 1]
        of = {"es": " de ", "pt": " de "}.get(self.lang, " ")
        return self.pick.choice((
            f"{day:02}/{month:02}/{year}", f"{day:02}.{month:02}.{year}", f"{year}-{month:02}-{day:02}", f"{day}{of}{name}{of}{year}",
            f"{day}.{month}.{year % 100:02}", f"{day:02}-{month:02}-{year}", f"{day}/{month}/{year % 100:02}", f"{name} {day}, {year}" if self.lang == "en" else f"{day}. {name} {year}",
            f"{day:02} {name[:3].upper()} {year}", f"{day} {name[:3]} {year}", f"{day}-{month}-{year % 100:02}", f"{day}/{month}/{year}", f"{day}{'er' if day == 1 and self.lang == 'fr' else ''}{of}{name}{of}{year}",
        ))  # fmt: skip

    def fill(self, place: str) -> str:
        """The text for a place of a template."""
        pick, lang = self.pick, self.lang
        if place in ("M", "X", "I", "S"):
            return self.number(pick.choice(NUMBERS[place].split("|")))
        if place == "E":
            name = re.sub(r"[^a-z]", "", self.surname().lower()) or "kim"
            return f"{pick.choice('abcdefghk')}{pick.choice(('.', '_', ''))}{name}{pick.choice(('', '7', '83'))}@{re.sub(r'[^a-z]', '', self.surname().lower()) or 'post'}.{pick.choice(('org', 'com', 'de', 'fr', 'es', 'it', 'pt', 'nhs.uk'))}"
        if place == "Z":
            town = {
                "en": "{z}|{Z}",
                "de": "{Z} {c}|{Z}",
                "fr": "{Z} {c}",
                "es": "{Z} {c}",
                "it": "{Z} {c}|{Z}",
                "pt": "{z4} {c}|{Z}-{h} {c}",
            }[lang]
            return self.text(pick.choice(town.split("|")))
        if place == "W":
            return spoken.date(lang, MONTHS[lang].split(), pick)
        if place == "J":
            return str(pick.randint(1915, 2008))
        if place == "n":
            return f"{self.first()} {self.surname()}".lower()
        if place == "F":
            return f"{self.first()} {self.number('@')}." if pick.random() < 0.7 else f"{self.number('@')}. {self.number('@')}."
        if place == "V":
            return spoken.number(pick.randint(90, 99), lang) + pick.choice(
                ("", {"en": " years", "de": " Jahre", "fr": " ans", "es": " años", "it": " anni", "pt": " anos"}[lang])
            )
        if place == "v":
            return str(pick.randint(90, 104))
        if place == "G":
            return pick.choice(AGES[lang].split("|")).replace("{a}", str(pick.randint(90, 106)))
        if place == "U":
            return pick.choice((self.number("@@").lower(), self.number("@@@").lower(), self.number("@@"), self.number("@@/@@").lower()))
        if place == "R":
            return self.number(pick.choice(("##/#####", "##/######", "####/#####", "##-#####")))
        if place == "Q":
            return self.number(pick.choice(("####", "####", "#####", "###", "##-##", "#-####", "## ##", "0###")))
        if place == "Y":
            return pick.choice((f"{pick.randint(1920, 2015)}{pick.randint(1, 12):02}{pick.randint(1, 28):02}", self.date(1920, 2015)))
        if place == "K":
            return self.first() if pick.random() < 0.8 else f"{self.first()} {self.surname()}"
        return {
            "L": lambda: self.surname() if pick.random() < 0.75 else f"{self.first()[0]}. {self.surname()}", "l": lambda: self.surname().lower(),
            "C": lambda: pick.choice(self.towns) if pick.random() < 0.6 else self.text(pick.choice(TOWNS[lang].split("|"))),
            "a": lambda: self.address().lower(),
            "N": self.person, "D": self.doctor, "B": lambda: self.date(1915, 2015), "T": lambda: self.date(2018, 2025),
            "H": lambda: self.text(pick.choice(PLACES[lang].split("|"))), "A": self.address,
            "P": lambda: self.number(pick.choice(PHONES[lang].split("|"))),
        }[place]()  # fmt: skip
