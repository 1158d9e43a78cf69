"""Reports of the advertising console, in every generation of headers and in seven languages."""

from collections.abc import Callable

import pytest

from agent.errors import FileError
from agent.model.parcel import Parcel
from tests.parcels import rows_of

Read = Callable[..., Parcel]

_HEADERS = {
    "en": ("Date,Portfolio name,Currency,Campaign Name,Ad Group Name,Targeting,Match Type,Customer Search Term,"
           "Impressions,Clicks,Click-Thru Rate (CTR),Cost Per Click (CPC),Spend,7 Day Total Sales ,"
           "Total Advertising Cost of Sales (ACOS) ,7 Day Total Orders (#),7 Day Total Units (#)"),
    "de": ("Datum,Portfolioname,Währung,Kampagnenname,Anzeigengruppenname,Targeting,Übereinstimmungstyp,"
           "Suchbegriff eines Kunden,Impressions,Klicks,Klickrate (CTR),Kosten pro Klick (CPC),Ausgaben,"
           "\"7 Tage, Verkäufe gesamt\",ACOS gesamt,\"7 Tage, Bestellungen gesamt\","
           "\"7 Tage, verkaufte Einheiten gesamt\""),
    "fr": ("Date,Nom du portefeuille,Devise,Nom de la campagne,Nom du groupe d'annonces,Ciblage,"
           "Type de correspondance,Terme de recherche client,Impressions,Clics,CTR,CPC,Dépenses,"
           "Ventes totales sur 7 jours,ACOS,Total des commandes sur 7 jours,Total des unités sur 7 jours"),
    "it": ("Data,Portafoglio,Valuta,Nome campagna,Nome gruppo di annunci,Targeting,Tipo di corrispondenza,"
           "Termine di ricerca cliente,Impressioni,Clic,CTR,CPC,Spesa,Vendite totali in 7 giorni,ACOS,"
           "Ordini totali in 7 giorni,Unità totali in 7 giorni"),
    "es": ("Fecha,Cartera,Divisa,Nombre de la campaña,Nombre del grupo de anuncios,Segmentación,"
           "Tipo de concordancia,Término de búsqueda del cliente,Impresiones,Clics,CTR,CPC,Gasto,"
           "Ventas totales en 7 días,ACOS,Pedidos totales en 7 días,Unidades totales en 7 días"),
    "ja": ("日付,ポートフォリオ名,通貨,キャンペーン名,広告グループ名,ターゲティング,マッチタイプ,"
           "カスタマーの検索キーワード,"
           "インプレッション,クリック,クリックスルー率 (CTR),平均クリック単価 (CPC),費用,"
           "広告がクリックされてから7日間の総売上高,"
           "広告費売上高比率（ACOS）合計,広告がクリックされてから7日間の合計注文数,"
           "広告がクリックされてから7日間の合計販売数"),
    "zh": ("日期,广告组合名称,货币,广告活动名称,广告组名称,投放,匹配类型,客户搜索词,展示量,点击量,点击率 (CTR),"
           "每次点击成本 (CPC),花费,7天总销售额,广告投入产出比 (ACOS) 总计,7天总订单数(#),7天总销售量(#)"),
}  # fmt: skip
_ROW = "2026-03-01,,{currency},Chairs,Green,garden chair,EXACT,folding chair,100,7,7%,0.5,3.50,24.99,14%,1,2"
_CURRENCY = {"en": ("US", "USD"), "de": ("DE", "EUR"), "fr": ("FR", "EUR"), "it": ("IT", "EUR"), "es": ("ES", "EUR"),
             "ja": ("JP", "JPY"), "zh": ("US", "USD")}  # fmt: skip


@pytest.mark.parametrize("language", _HEADERS)
def test_a_daily_search_term_report_is_read_in_every_language(read: Read, language: str) -> None:
    marketplace, currency = _CURRENCY[language]
    text = f"{_HEADERS[language]}\n{_ROW.format(currency=currency)}\n"
    parcel = read(text, marketplace=marketplace)
    rows = rows_of(parcel, "search_term_traffic")
    assert (parcel.kind, parcel.receipt.currency) == ("ads_search_term", currency)
    assert rows.columns["entity"] == ["11/21/31/folding chair"]
    assert [rows.columns[name] for name in ("impressions", "clicks", "cost", "sales", "purchases", "units")] == [
        [100], [7], [3_500_000], [24_990_000], [1], [2],
    ]  # fmt: skip
    assert str(rows.columns["day"][0]) == "2026-03-01"


def test_a_summary_becomes_totals_of_its_period(read: Read) -> None:
    header = _HEADERS["en"].replace("Date,", "Start Date,End Date,")
    row = _ROW.format(currency="USD").replace("2026-03-01,", '"Mar 1, 2026","Mar 31, 2026",')
    parcel = read(f"{header}\n{row}\n")
    rows = rows_of(parcel, "search_term_totals")
    assert (rows.columns["total_cost"], rows.columns["total_units"]) == ([3_500_000], [2])
    assert f"{rows.columns['period_first'][0]:%F} {rows.columns['period_last'][0]:%F}" == "2026-03-01 2026-03-31"


def test_the_newest_generation_names_ids_and_needs_no_book(read: Read) -> None:
    text = (
        "Budget currency,Date range,Campaign ID,Campaign name,Ad group ID,Ad group name,Target ID,Search term,"
        "Impressions,Clicks,CTR,Total cost,Purchases,Sales,Units sold\n"
        "USD,2026-03-01 - 2026-03-31,900,New,901,New,902,chair,10,1,10%,0.50,0,0.00,0\n"
    )
    assert rows_of(read(text), "search_term_totals").columns["entity"] == ["900/901/902/chair"]


_TARGETING = "Date,Campaign Name,Ad Group Name,Targeting,Match Type,Impressions,Clicks,Spend,7 Day Total Sales\n"


def test_targets_are_told_apart_by_their_match_type(read: Read) -> None:
    parcel = read(
        _TARGETING
        + "2026-03-01,Chairs,Green,garden chair,PHRASE,5,1,0.4,0\n"
        + '2026-03-01,Chairs,Green,"asin=""B0FGJR1245""",TARGETING_EXPRESSION,6,1,0.6,9.99\n'
        + "2026-03-01,Chairs,Green,close-match,-,7,1,0.7,0\n"
    )
    assert rows_of(parcel, "keyword_traffic").columns["entity"] == ["32"]
    assert rows_of(parcel, "product_target_traffic").columns["entity"] == ["42", "41"]
    assert parcel.receipt.totals["cost"] == 1_700_000


def test_names_that_nobody_knows_are_reported_and_waited_for(read: Read) -> None:
    parcel = read(_TARGETING + "2026-03-01,Sofas,Green,sofa,EXACT,5,1,0.4,0\n")
    assert parcel.deliveries == []
    (left,) = parcel.receipt.ignored
    assert (left.count, "Sofas" in left.why) == (1, True)
    assert "keywords" in parcel.waits_for


def test_the_same_ad_group_name_in_two_campaigns_is_told_apart(read: Read) -> None:
    header = "Date,Campaign Name,Ad Group Name,Advertised SKU,Advertised ASIN,Impressions,Clicks,Spend\n"
    parcel = read(header + "2026-03-01,Chairs,Green,A,B001,5,1,0.4\n2026-03-01,Tables,Green,B,B002,6,2,0.5\n"
                  "2026-03-01,Chairs,Green,C,B003,1,0,0\n")  # fmt: skip
    rows = rows_of(parcel, "ad_group_traffic")
    assert (rows.columns["entity"], rows.columns["impressions"]) == (["21", "22"], [6, 6])


def test_campaigns_are_booked_by_day_and_totals_of_several_days_are_not(read: Read) -> None:
    daily = "Date,Campaign Name,Impressions,Clicks,Spend,7 Day Total Sales\n2026-03-01,chairs,5,1,$0.40,$0\n"
    assert rows_of(read(daily), "campaign_traffic").columns["entity"] == ["11"]
    period = daily.replace("Date,", "Start Date,End Date,").replace("2026-03-01,", "2026-03-01,2026-03-31,")
    parcel = read(period)
    assert (parcel.deliveries, parcel.receipt.ignored[0].count) == ([], 1)


def test_a_report_without_days_takes_them_from_its_name_or_is_refused(read: Read) -> None:
    text = "Campaign Name,Impressions,Clicks,Spend\nChairs,5,1,0.40\n"
    parcel = read(text, "campaigns_2026-03-05.csv")
    assert str(rows_of(parcel, "campaign_traffic").columns["day"][0]) == "2026-03-05"
    with pytest.raises(FileError, match="does not tell which days"):
        read(text, "campaigns.csv")


def test_other_ad_products_are_left_alone(read: Read) -> None:
    text = ("Date,Ad product,Campaign Name,Impressions,Clicks,Spend\n2026-03-01,Sponsored Brands,Chairs,5,1,0.40\n"
            "2026-03-01,Sponsored Products,Chairs,7,1,0.40\n")  # fmt: skip
    parcel = read(text)
    assert rows_of(parcel, "campaign_traffic").columns["impressions"] == [7]
    assert parcel.receipt.totals["impressions"] == 12


def test_a_bulk_file_of_the_old_generation_is_known_and_not_taken_for_the_present(read: Read) -> None:
    text = (
        "Record ID,Record Type,Campaign ID,Campaign,Campaign Daily Budget,Ad Group,Max Bid,Impressions,Clicks,Spend\n"
    )
    parcel = read(text + "1,Campaign,1,Chairs,8.00,,,5,1,0.4\n")
    assert (parcel.kind, parcel.deliveries, parcel.receipt.ignored[0].count) == ("bulk_old", (), 1)
