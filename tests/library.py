"""Small studies that use every sheet and every row of the algebra; only that matters, not whether they are wise."""

from __future__ import annotations

WORLD = """
    Countries
      country  region  territory  owner  capital rate  risk  aggregate
      COD      Africa  -          -      0.12          0.9   no
      COD.CN   -       COD        CHN    -             0.9   no
      ZMB      Africa  -          -      0.1           0.5   no
      CHN      Asia    -          -      0             0.6   no
      JPN      Asia    -          -      -             0.1   no
      FIN      Europe  -          -      0.04          0.05  no
      DEU      Europe  -          -      -             0.1   no
      REST     -       -          -      -             0.4   yes
    Groups
      group   country  weight
      EU      FIN      1
      EU      DEU      3
      miners  COD      1
      miners  COD.CN   2
      miners  ZMB      1
"""

CHAIN = """
    Commodities
      commodity  unit  material  stage   content  price  mass  disposable
      ore        kt    cobalt    mine    20       2000   1000  yes
      hydroxide  t     cobalt    refine  0.3      9000   -     no
      cobalt     t     cobalt    metal   1        30000  -     yes
      copper     t     -         -       -        8000   -     yes
    Reference prices
      commodity  2025   2033
      cobalt     30000  26000
    Processes
      process  unit  lifetime  lead time  ramp  max use  min use  emissions
      mining   kt    20        2          3     1        0        5
      leach    t     15        1          0     0.9      0.2      1.5
      reform   t     15        1.5        1     0.95     0        3
      electro  t     10        0          0     1        0        0
    Recipes
      process  commodity  direction  quantity  2025  2033
      mining   ore        out        1         -     -
      leach    ore        in         -         0.1   0.08
      leach    hydroxide  out        1         -     -
      leach    copper     out        -         8     6
      reform   hydroxide  in         3.6       -     -
      reform   cobalt     out        1         -     -
      electro  hydroxide  in         3.4       -     -
      electro  cobalt     out        0.95      -     -
      electro  copper     out        0.05      -     -
"""

SITES = """
    Sites
      site      process  country  capacity   last year  variable cost  fixed cost  capex  build from  max build  max capacity  resource  lifetime
      mine      mining   miners   4          -          900            50          -      -           -          -             -         -
      old mine  mining   ZMB      2          2027       700            20          3000   2025        0.5        3             40        6
      leaching  leach    COD      30         -          300            10          -      -           -          -             -         -
      leach CN  leach    COD.CN   unlimited  -          350            0           -      -           -          -             -         -
      refinery  reform   CHN      12         -          1500           100         6000   -           4          30            -         -
      works     electro  EU       1          -          2500           200         9000   2026        -          -             -         4
      plant     electro  JPN      0          -          2200           0           8000   -           1.5        -             -         12
      anywhere  reform   REST     0.5        2028       1600           0           -      -           -          -             2         -
"""

DEMAND = """
    Demand
      commodity  country  use      2025  2030
      cobalt     CHN      battery  5     9
      cobalt     EU       battery  2     4
      cobalt     EU       alloy    1     1
      cobalt     JPN      alloy    2     3
      cobalt     REST     all      0     1
      copper     DEU      all      6     7
"""

LANES = """
    Lanes
      commodity  from  to  freight
      *          *     *   50
"""

YEARS = """
    Settings
      setting             value
      unmet cost factor   10
      discount rate       0.08
      base year           2024
    Years
      year  length
      2025  1
      2026  2
      2028  3
      2033  4
"""

BARE = """
    Commodities
      commodity  unit  price
      ore        t     100
    Processes
      process  unit
      mining   t
    Recipes
      process  commodity  direction  quantity
      mining   ore        out        1
    Sites
      site  process  country  capacity  variable cost
      pit   mining   AUS      10        3
    Demand
      commodity  country  2025
      ore        AUS      5
"""

PRODUCTION = """
    Site years
      site      process  country  item           operation  2025  2028  2033  last year
      *         mining   *        variable cost  multiply   1     1.2   1.4   -
      *         electro  *        capex          multiply   1     0.8   0.5   -
      refinery  *        *        capacity       set        -     14    9     2030
      mine@ZMB  *        *        capacity       set        -     6     0     -
      leaching  *        *        max use        set        0.9   0.5   0.5   2030
      leaching  *        *        min use        set        0.3   -     0.1   -
      works     *        FIN      max build      set        1     -     2     -
      *         reform   *        fixed cost     set        90    -     70    -
    Growth
      process  country  max growth  seed
      mining   each     0.1         0.5
      reform   CHN      0.2         1
      electro  EU       0.3         0.5
      electro  *        0.5         2
    Mix
      commodity  process  country  min share  max share  first year  last year
      cobalt     electro  *        0.1        0.6        -           -
      cobalt     electro  EU       -          1          2026        -
      cobalt     reform   each     -          0.9        -           2030
      copper     leach    COD      0.5        -          -           -
      copper     electro  *        -          0.4        2028        -
    Subsidies
      measure   process  country  kind         value  first year  last year
      bonus     electro  EU       output       120    2026        -
      credit    electro  DEU      capex share  0.3    -           2030
      cheap     reform   *        cost share   0.1    -           -
      royalty   mining   miners   output       -40    -           -
    Carbon
      country  kind   2025  2033
      *        price  10    50
      EU       price  80    150
      CHN      cap    60    30
      miners   cap    40    40
"""

TRADE = """
    Lanes
      commodity  from    to      freight  freight per tonne  loss   min  max  first year  last year
      *          *       *       20       -                  -      -    -    -           -
      ore        *       *       -        35                 0.01   -    -    -           -
      hydroxide  miners  CHN     60       -                  0.002  0.5  -    2026        2030
      cobalt     CHN     EU      -        -                  -      -    3    -           -
      cobalt     *       DEU     75       0                  0      -    -    -           2029
      ore        COD     COD.CN  3        -                  -      -    5    -           -
      copper     *       DEU     -        -                  -      1    -    -           -
    Tariffs
      measure  commodity  from    to   rate  specific  first year  last year
      base     *          *       EU   0.04  -         -           -
      base     cobalt     CHN     EU   0.1   -         2026        -
      base     cobalt     CHN     FIN  -     900       2028        2030
      extra    cobalt     Asia    EU   0.25  -         -           2028
      extra    hydroxide  COD     *    -     30        -           -
    Trade measures
      measure  commodity  from    to   kind          value  rate  first year  last year  in first year
      closed   cobalt     CHN     JPN  ban           -      -     2028        -          0.4
      closed2  hydroxide  COD.CN  DEU  ban           -      -     2026        2030       -
      sudden   copper     miners  *    ban           -      -     2033        -          0
      early    ore        ZMB     *    ban           -      -     2025        2025       0.5
      cap      cobalt     *       EU   quota         4      -     -           -          -
      both     *          COD     EU   quota         2      -     2026        -          -
      trq      cobalt     *       DEU  tariff quota  0.5    0.3   -           -          -
      trq2     cobalt     Asia    *    tariff quota  1      0.2   2026        2030       -
      levy     hydroxide  COD     *    tax           0.03   -     -           -          -
      levy2    hydroxide  miners  CHN  tax           0.02   -     2028        -          -
      keep     hydroxide  COD     *    share         0.6    -     -           -          -
      keep2    *          miners  *    share         0.5    -     2028        -          -
"""

STORES = """
    Demand steps
      commodity  country  use      step   share  value
      *          *        *        low    0.2    35000
      cobalt     EU       *        low    0.3    40000
      cobalt     EU       *        mid    0.2    50000
      cobalt     EU       battery  all    1      45000
    Scrap
      commodity  country  2025  2030
      cobalt     EU       0.1   0.3
      copper     JPN      0     1
    Returns
      demand commodity  country  use      scrap commodity  quantity  delay  collected
      cobalt            *        battery  hydroxide        2.5       2      0.5
      cobalt            EU       *        hydroxide        1         3      -
      cobalt            EU       alloy    cobalt           0.4       1      0.3
      copper            *        *        copper           0.8       5      -
    Stockpiles
      commodity  country  held by   initial  capacity   holding cost  loss  min final  min cover  soft cost  cover applies
      cobalt     EU       user      0.5      4          20            0.01  -          30         -          calm
      cobalt     JPN      user      1        unlimited  20            -     0.5        60         2000       always
      cobalt     CHN      producer  2        10         5             0.02  -          -          500        -
      hydroxide  CHN      user      0        5          -             -     0          15         -          -
      copper     DEU      user      1        2          -             0.05  -          45         -          calm
      ore        ZMB      producer  0.3      unlimited  1             -     0          -          -          -
"""

POLICIES = """
    Limits
      limit      commodity      basis       market  source country  by         exempt own  max share  min share  max  min  first year  last year  soft cost
      crma       cobalt         supply      EU      each            territory  yes         0.65       -          -    -    2026        -          -
      soft crma  each           supply      each    each            owner      no          0.7        -          -    -    -           2030       1000
      asia       cobalt         supply      EU      Asia            territory  no          0.6        0.05       9    0.1  -           -          -
      imports    cobalt/metal   imports     EU      CHN             owner      no          0.8        -          -    -    -           -          -
      world      each           imports     *       each            territory  no          0.9        -          -    -    2028        -          50
      own made   cobalt         production  *       EU              territory  no          -          0.1        -    0.2  2026        -          400
      mined      cobalt/mine    production  *       each            owner      no          0.95       -          90   -    -           -          -
      ready      cobalt         capacity    *       EU              territory  no          -          0.05       40   0.3  2026        -          -
      ready2     cobalt/refine  production  *       COD.CN          territory  no          0.9        -          -    -    -           -          -
      ready3     cobalt         capacity    *       each            territory  no          0.9        -          -    -    -           -          10
      all made   copper         production  *       *               territory  no          -          -          500  1    -           -          -
      place      hydroxide      supply      CHN     COD.CN          owner      no          0.9        -          -    -    -           -          -
      market     hydroxide      supply      JPN     *               territory  no          -          -          50   -    -           -          -
      soft cap   cobalt         imports     each    CHN             owner      no          -          -          2    -    -           -          700
    Concentration
      limit   commodity     basis       market  by         weight  max hhi  first year
      hhi     cobalt        supply      EU      territory  none    5000     2026
      hhi2    cobalt        production  *       owner      risk    3000     -
      hhi3    each          imports     each    territory  none    9000     -
      hhi4    cobalt/metal  capacity    *       territory  none    6000     2028
    Benchmarks
      limit    commodity     basis       place  min share  max share  of commodity  of basis    of place  first year  soft cost
      mined    cobalt/mine   production  *      0.1        -          cobalt        use         EU        2026        -
      made     cobalt        production  EU     0.15       -          -             use         -         -           300
      capped   cobalt        imports     EU     -          0.9        -             supply      -         -           -
      capped2  cobalt        imports     JPN    -          0.8        -             use         -         -           100
      ready    cobalt        capacity    EU     0.05       0.9        -             capacity    *         2026        -
      stage    hydroxide     production  COD    -          0.9        cobalt/mine   production  -         -           -
"""

BASE = YEARS + WORLD + CHAIN + SITES + DEMAND
STUDIES: dict[str, str] = {
    "bare": BARE,
    "production": BASE + LANES + PRODUCTION,
    "trade": BASE + TRADE,
    "stores": BASE + LANES + STORES,
    "policies": BASE + LANES + POLICIES,
    "everything": BASE + TRADE + PRODUCTION + STORES + POLICIES,
}
