"""Trade: shipments from the pool of the maker to the pool of the user, their freight, duties and limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from models import columns
from models import lanes as routes
from models.places import Floats, codes
from models.rules import active, idle, match_trade
from models.schema import BLANK, NO_LIMIT, SMALLEST, TINY, Column, Component, Cost, Report, Table, Tables
from models.symbolic import Builder, Codes, Index, Model, ranks
from models.titles import Titles

if TYPE_CHECKING:
    from models.network import Network

LANES = Table(
    "Lanes", "Where goods may move and what moving costs; trade exists only where a row matches.", columns.TRADE, rule="one", template=True,
    columns=(
        columns.commodity("*"),
        columns.place("from", "Origin: a country, a group or *.", "*"),
        columns.place("to", "Destination: a country, a group or *.", "*"),
        Column("freight", "number", "Freight per unit.", unit="cur/unit", default=0.0, low=0, together="freight"),
        Column("freight per tonne", "number", "Freight per tonne, times the mass of a unit.", unit="cur/t", default=0.0, low=0, together="freight"),
        Column("loss", "share", "Share lost on the way.", default=0.0, left=SMALLEST),
        Column("min", "number", "Least that must move (contracts).", unit="unit/y", default=0.0, low=0),
        Column("max", "number", "Most that can move, per lane.", unit="unit/y", default=NO_LIMIT, low=0),
        *columns.years(key=True),
    ),
    example=(("*", "*", "*"),),
)  # fmt: skip
TARIFFS = Table(
    "Tariffs", "Import duties: one winner within each measure, measures add up.", columns.TRADE, rule="one",
    columns=(
        Column("measure", "code", "Name of the measure.", key=True),
        columns.commodity("*"),
        columns.place("from", "Origin.", "*"),
        columns.place("to", "Destination.", "*"),
        Column("rate", "rate", "Share of the reference price.", default=0.0, together="duty"),
        Column("specific", "number", "Duty per unit.", unit="cur/unit", default=0.0, together="duty"),
        *columns.years(key=True),
    ),
)  # fmt: skip
MEASURES = Table(
    "Trade measures", "Bans, quotas, tariff quotas, export taxes and export shares; every matching row holds.", columns.TRADE, rule="all",
    columns=(
        Column("measure", "code", "Name of the measure.", key=True),
        columns.commodity("*"),
        columns.place("from", "Origin.", "*"),
        columns.place("to", "Destination.", "*", default="*"),
        Column("kind", "word", "What it does.", choices=("ban", "quota", "tariff quota", "tax", "share")),
        Column("value", "number", "Quota in unit/y, tax as a share of the price, share of the own output; a ban has none.", default=BLANK, low=0),
        Column("rate", "rate", "Duty above a tariff quota, as a share of the price.", default=BLANK),
        *columns.years(),
        Column("in first year", "share", "How much of a ban's first year it is in force.", default=1.0, left=SMALLEST),
        Column("announced", "year", "Year from which a plan with limited foresight knows it; blank: its first year.", default=0),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Trade:
    """Lanes by year with what moving costs, and the measures that hold together over several lanes."""

    lanes: Index  # (commodity, from, to, year) | min, max, kept (1 - loss), freight, duty, tax [cur/unit]
    measures: Codes  # (lanes,) row of `sets`: which measures touch the lane
    sets: list[str]  # names of the measures that touch a lane, joined
    quotas: Index  # (rule, year) | value
    quota_lanes: Index  # (rule, commodity, from, to, year) | weight
    over: Index  # (rule, year) of tariff quotas | value, rate [cur/unit]
    over_lanes: Index  # (rule, commodity, from, to, year) of tariff quotas
    shares: Index  # (rule, country, year) | value
    share_lanes: Index  # (rule, country, commodity, to, year) | weight
    share_sites: Index  # (rule, country, site, year) | weight x quantity
    fades: Index  # (commodity, from, to, year, before) | kept: a ban's first year


def index(t: Tables, d: Any) -> Trade:
    """Lanes between those who can supply and those who can use, and the rules of the three sheets on them."""
    n: Network = d.network
    triple, open_ = routes.triples(d)
    figures, exists, contract = routes.figures(t, d, triple, open_)
    sheet = t["Trade measures"]
    keys = (codes(sheet["commodity"], n.commodities), n.places.rule(sheet["from"]), n.places.rule(sheet["to"]))
    matches = match_trade(n.places, *keys, triple, home=False)
    holds = active(sheet["first year"].to_numpy(np.int64), sheet["last year"].to_numpy(np.int64), n.years)
    d.unmatched("Trade measures", idle(matches, len(sheet)))
    kind = sheet["kind"].to_numpy(object)
    _unsaid(d, sheet, kind)
    figures["tax"] = routes.taxes(d, sheet, kind, matches, holds, triple)
    figures["duty"] = routes.duties(t, d, triple)
    exists, figures["min"], fade = routes.bans(d, sheet, kind, matches, holds, exists, figures["min"], contract)
    routes.overdrawn(d, triple, exists, figures["min"], contract)
    lane, year = np.nonzero(exists)
    spots = lane * len(n.years) + year
    figures["kept"] = 1 - figures.pop("loss")
    wide = {c: f.take(spots) if f.shape[1] > 1 else _wide(f[:, 0], lane) for c, f in figures.items()}
    lanes = Index(
        ("commodity", "from", "to", "year"), (*(k[lane] for k in triple), year),
        **{c: wide[c] for c in ("kept", "min", "max", "freight", "duty", "tax")},
    )  # fmt: skip
    pair, when = np.nonzero(holds[matches.rule] & exists[matches.item])
    rule, spot = matches.rule[pair], np.searchsorted(spots, matches.item[pair] * len(n.years) + when)
    names, sets = _names(sheet["measure"].to_numpy(object), rule, spot, len(lanes))
    of = {k: np.flatnonzero(kind[rule] == k) for k in ("quota", "tariff quota", "share")}
    value, rate = sheet["value"].to_numpy(np.float64), sheet["rate"].to_numpy(np.float64)
    weight = _weights(d, sheet, rule, lanes.key("commodity")[spot])

    def carried(rows: Codes) -> Index:
        """Lanes under the rules of some pairs."""
        return lanes.under("rule", rule[rows], spot[rows], weight=weight[rows])

    quota_lanes, over_lanes = carried(of["quota"]), carried(of["tariff quota"])
    over = _rows(over_lanes, ("rule", "year"), value)
    good = np.zeros(len(sheet), np.int64)
    good[over_lanes.key("rule")] = over_lanes.key("commodity")
    over.columns["rate"] = np.nan_to_num(rate)[over.key("rule")] * n.price[good[over.key("rule")], over.key("year")]
    routes.unpriced(d, "Trade measures", "rate", over.key("rule")[np.isnan(over.columns["rate"])])
    shares, share_lanes, share_sites = _export_shares(d, carried(of["share"]), value)
    fade_lane, fade_year, kept = fade
    live = exists[fade_lane, fade_year - 1]
    fades = Index(
        ("commodity", "from", "to", "year", "before"), (*(k[fade_lane[live]] for k in triple), fade_year[live], fade_year[live] - 1), kept=kept[live],
    )  # fmt: skip
    gone = np.searchsorted(spots, fade_lane[~live] * len(n.years) + fade_year[~live])  # nothing moved the year before
    if len(gone):
        lanes.columns["max"] = lanes.columns["max"].copy()
        lanes.columns["max"][gone] = 0.0
    n.names["rule"] = Titles(lambda: sheet[["measure"]])
    return Trade(
        lanes, names, sets, _rows(quota_lanes, ("rule", "year"), value), quota_lanes, over, over_lanes,
        shares, share_lanes, share_sites, fades,
    )  # fmt: skip


def _unsaid(d: Any, sheet: pd.DataFrame, kind: Any) -> None:
    """A measure without its figure could only be guessed at: a quota of nothing, or none at all."""
    for column, needs in (("value", kind != "ban"), ("rate", kind == "tariff quota")):
        for at in np.flatnonzero(needs & np.isnan(sheet[column].to_numpy(np.float64))):
            problem = f"a {kind[at]} needs a {column}, and the cell is blank."
            d.problem("Trade measures", at, column, problem, "Fix: enter it; 0 is a figure too.")


def _wide(figures: Floats, lane: Codes) -> Floats:
    """The figure of each lane's (commodity, from, to); kept as one number where all have the same."""
    return figures[:1] if len(figures) and (figures == figures[0]).all() else figures.take(lane)


def _names(measure: Any, rule: Codes, spot: Codes, lanes: int) -> tuple[Codes, list[str]]:
    """For each lane the number of its set of measures, and the sets as text: () first, each later one a set and one more."""
    label, names = pd.factorize(measure)
    count = max(len(names), 1)
    lane, name = ranks((spot, label[rule]))[1]
    turn = np.arange(len(lane)) - np.searchsorted(lane, lane)
    out, sets = np.zeros(lanes, np.int32), [""]
    for n in range(int(turn.max(initial=-1)) + 1):
        at = lane[turn == n]
        larger, which = np.unique(out[at] * np.int64(count) + name[turn == n], return_inverse=True)
        out[at] = len(sets) + which
        sets += [f"{sets[s]}, {names[k]}".removeprefix(", ") for s, k in zip(*np.divmod(larger, count), strict=True)]
    return out, sets


def _weights(d: Any, sheet: pd.DataFrame, rule: Codes, commodity: Codes) -> Floats:
    """Factors by which a rule adds its commodities: 1 where they share one unit, else their content."""
    n: Network = d.network
    unit = pd.factorize(np.array(n.units, object))[0].astype(np.int64)[commodity]
    owner, _ = ranks((rule, unit))[1]
    mixed = (np.bincount(owner, minlength=len(sheet)) > 1)[rule]
    weight = np.where(mixed, n.content[commodity], 1.0)
    adds = sheet["kind"].isin(["quota", "share"]).to_numpy()[rule]
    for r, c in np.unique(np.column_stack([rule, commodity])[adds & np.isnan(weight)], axis=0):
        d.problem(
            "Trade measures",
            r,
            "commodity",
            f"the rule adds goods of several units, and {n.commodities[c]} has no content to add it by.",
            "Fix: give it a content in Commodities, or name goods of one unit.",
        )
    return weight


def _rows(lanes: Index, names: tuple[str, ...], value: Floats) -> Index:
    """The distinct keys of the lanes' rules, with the rule's value."""
    keys = ranks([lanes.key(k) for k in names])[1]
    return Index(names, keys, value=value[keys[0]])


def _export_shares(d: Any, lanes: Index, value: Floats) -> tuple[Index, Index, Index]:
    """Rows, shipments and output of `share`: each exporting place on its own."""
    rule, c, o, k, y = lanes.keys
    abroad = Index(("rule", "country", "commodity", "to", "year"), (rule, o, c, k, y), weight=lanes.columns["weight"])
    rows = _rows(abroad, ("rule", "country", "year"), value)
    if not len(abroad):
        return rows, abroad, Index(("rule", "country", "site", "year"), (rule, rule, rule, rule), weight=rule)
    goods = pd.DataFrame(
        {"rule": rule, "commodity": c, "country": o, "year": y, "weight": lanes.columns["weight"]}
    ).drop_duplicates()
    making = d.production.making
    made = pd.DataFrame({name: making.key(name) for name in making.names}).assign(quantity=making.columns["quantity"])
    both = goods.merge(made, on=["commodity", "country", "year"])
    both["weight"] *= both["quantity"]
    keys = ("rule", "country", "site", "year")
    both = both.groupby(list(keys))["weight"].sum().reset_index()
    return rows, abroad, Index(keys, [both[name] for name in keys], weight=both["weight"])


def build(b: Builder, m: Model) -> None:
    """Shipments, the rows of quotas, tariff quotas, export shares and fading bans, and what moving costs."""
    x: Trade = b.data
    lanes = b.set("lanes", x.lanes)
    ship = b.var("ship", lanes, lower="min", upper="max")
    freight, duty, tax, _ = b.params(lanes, "freight", "duty", "tax", "kept")  # kept: for the balance
    for name, rule in (("freight", freight), ("duty", duty)):
        _cost(b, m, name, "resource" if name == "freight" else "transfer", rule, ship)
    out = b.members("leaving_from", lanes, ("from", "year"), ("commodity", "to"))
    m.costs.append(
        Cost("export tax", "transfer", lambda k, y: sum(tax[c, k, t, y] * ship[c, k, t, y] for c, t in out[k, y]))
    )

    quotas, carried = b.set("quotas", x.quotas), b.set("quota_lanes", x.quota_lanes)
    (value,), (weight,) = b.params(quotas, "value"), b.params(carried, "weight")
    under = b.members("under", carried, ("rule", "year"), ("commodity", "from", "to"))
    b.constraint(
        "quota",
        quotas,
        lambda r, y: sum(weight[r, c, o, k, y] * ship[c, o, k, y] for c, o, k in under[r, y]) <= value[r, y],
    )

    tariffs, dutiable = b.set("tariff_quotas", x.over), b.set("over_lanes", x.over_lanes)
    free, rate = b.params(tariffs, "value", "rate")
    above = b.var("over_quota", tariffs)
    under_tariff = b.members("under_tariff", dutiable, ("rule", "year"), ("commodity", "from", "to"))
    b.constraint(
        "tariff_quota",
        tariffs,
        lambda r, y: sum(ship[c, o, k, y] for c, o, k in under_tariff[r, y]) - above[r, y] <= free[r, y],
    )
    payers = b.members("payers", b.set("tariff_spots", _payer(m, x.over)), ("country", "year"), ("rule",))
    m.costs.append(Cost("quota duty", "transfer", lambda k, y: sum(rate[r, y] * above[r, y] for r in payers[k, y])))

    shares, abroad, own = (
        b.set("shares", x.shares),
        b.set("share_lanes", x.share_lanes),
        b.set("share_sites", x.share_sites),
    )
    (most,), (w,), (q,) = b.params(shares, "value"), b.params(abroad, "weight"), b.params(own, "weight")
    sent = b.members("sent", abroad, ("rule", "country", "year"), ("commodity", "to"))
    output = b.members("output", own, ("rule", "country", "year"), ("site",))
    b.constraint(
        "export_share",
        shares,
        lambda r, o, y: (
            sum(w[r, o, c, k, y] * ship[c, o, k, y] for c, k in sent[r, o, y])
            <= most[r, o, y] * sum(q[r, o, s, y] * m.production.activity[s, y] for s in output[r, o, y])
        ),
    )

    fades = b.set("fades", x.fades)
    (still,) = b.params(fades, "kept")
    b.constraint("fading_ban", fades, lambda c, o, k, y, z: ship[c, o, k, y] <= still[c, o, k, y, z] * ship[c, o, k, z])


def _cost(b: Builder, m: Model, name: str, kind: Any, rate: Any, ship: Any) -> None:
    """A cost of the importer on every unit shipped."""
    lanes = b.block.lanes
    into = b.members(f"{name}_into", lanes, ("to", "year"), ("commodity", "from"))
    m.costs.append(Cost(name, kind, lambda k, y: sum(rate[c, o, k, y] * ship[c, o, k, y] for c, o in into[k, y])))


def _payer(m: Model, over: Index) -> Index:
    """Tariff-quota duties are booked on `*`: the quota is shared by all its importers."""
    nobody = len(m.index.network.places.names)
    return Index(("country", "rule", "year"), (np.full(len(over), nobody), *over.keys))


def shipments(plan: Any) -> pd.DataFrame:
    """What moves where, and what moving it costs."""
    x: Trade = plan.data.trade
    _, shipped = plan.values("trade.ship")
    moved = np.flatnonzero(shipped > TINY)
    part = x.lanes.where(moved)
    quantity = shipped[moved]
    return plan.frame(
        part, quantity=quantity, freight=quantity * part.columns["freight"], duty=quantity * part.columns["duty"],
        measures=np.array(x.sets, object)[x.measures[moved]],
    )  # fmt: skip


SHIPMENTS = Report(
    "Shipments", "What moves where, home use included, and what moving it costs.",
    (
        Column("commodity", "code", "Commodity."), Column("from", "place", "Where it was made."), Column("to", "place", "Where it is used."),
        Column("year", "year", "Model year."), Column("quantity", "number", "Shipped, before loss.", unit="unit/y"),
        Column("freight", "number", "Freight of the year.", unit="cur"), Column("duty", "number", "Import duty of the year.", unit="cur"),
        Column("measures", "text", "Trade measures that speak of the lane."),
    ),
    shipments,
)  # fmt: skip
component = Component("trade", "What moves where", (LANES, TARIFFS, MEASURES), index, build, reports=(SHIPMENTS,))
