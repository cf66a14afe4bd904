"""One study that uses every sheet and nearly every kind of cell; small, and without a single problem."""

WHOLE = """
Settings
  setting            value
  format             1
  title              Whole
  currency           EUR
  price year         2024
  discount rate      0.05
  base year          2025
  unmet cost factor  10
  focus              EU
  time limit [s]     60
  threads            1
Years
  year  length
  2025  5
  2030  5
  2035  -
Countries
  country  name     region  territory  owner  capital rate        risk  aggregate
  COD      Congo    Africa  -          -      0.12                0.8   -
  COD.CN   -        Africa  COD        CHN    -                   -     -
  CHN      China    Asia    -          -      -                   0.4   no
  DEU      Germany  Europe  -          -      0.04                0.1   no
  FRA      -        Europe  -          -      -                   0.1   no
  ROW      -        -       -          -      -                   0.3   yes
Groups
  group  country  weight
  EU     DEU      3
  EU     FRA      -
Commodities
  commodity  name  chain     stage   unit  material  content [t/unit]  price [cur/unit]  mass [t/unit]  unmet cost [cur/unit]  disposable
  ore        -     battery   mine    t     cobalt    0.1               100               -              -                      -
  metal      -     battery   refine  t     cobalt    1                 30000             -              -                      no
  cell       -     battery   make    MWh   -         -                 150000            5              900000                 -
  old cell   -     battery   -       MWh   -         -                 -                 -              -                      -
Reference prices
  commodity  2025   2035
  metal      30000  40000
Processes
  process  name  chain    stage   unit  lifetime [y]  lead time [y]  ramp [y]  max use  min use  emissions [tCO2/unit]
  mine     -     battery  mine    t     30            5              2         0.95     -        -
  refine   -     battery  refine  t     -             -              -         -        0.1      2.5
  make     -     battery  make    MWh   -             2              -         -        -        1
  recycle  -     battery  -       t     -             -              -         -        -        -
Recipes
  process  commodity  direction  quantity [unit/activity]  2025  2035
  mine     ore        out        1                         -     -
  refine   ore        in         10                        -     -
  refine   metal      out        1                         -     -
  make     metal      in         -                         0.3   0.1
  make     cell       out        1                         -     -
  recycle  old cell   in         3                         -     -
  recycle  metal      out        1                         -     -
Sites
  site     process  country  capacity [unit/y]  last year  variable cost [cur/unit]  fixed cost  capex [cur/(unit/y)]  build from  max build  max capacity  resource  lifetime  max use
  pit      mine     COD      1000               2034       50                        5           -                     -           -          -             20000     -         0.9
  pit CN   mine     COD.CN   500                -          60                        -           200                   2027        100        900           -         -         -
  works    refine   *        10                 -          2000                      -           -                     -           -          -             -         -         -
  Gigafab  make     EU       unlimited          -          50000                     -           -                     -           -          -             -         -         -
  plant    make     CHN      100                -          -10                       -           100000                -           -          -             -         15        -
  loop     recycle  DEU      5                  -          100                       -           5000                  -           -          -             -         -         -
Site years
  site         process  country  item           operation  last year  2025  2030  2035
  pit          -        -        capacity       set        -          -     800   600
  Gigafab@FRA  -        -        variable cost  -          2034       100   -     90
  *            refine   Asia     max use        multiply   -          0.9   0.8   -
Demand
  commodity  country  use    2025  2030  2035
  cell       EU       car    10    20    40
  cell       DEU      truck  2     -     4
  metal      CHN      -      3     3     3
Demand steps
  commodity  country  use  step  share  value [cur/unit]
  cell       *        car  lazy  0.2    200000
  cell       *        car  firm  0.5    400000
Scrap
  commodity  country  2025  2035
  old cell   EU       1     2
Returns
  demand commodity  country  use  scrap commodity  quantity [unit/unit]  delay [y]  collected
  cell              Europe   *    old cell         1                     10         0.5
Stockpiles
  commodity  country  held by   initial [unit]  capacity [unit]  holding cost [cur/unit/y]  loss [1/y]  min final [unit]  min cover [days]  soft cost [cur/unit]  cover applies
  metal      EU       user      5               10               3                          -           0                 30                5000                  -
  ore        COD      producer  -               unlimited        -                          0.01        -                 -                 -                     always
Lanes
  commodity  from  to   freight [cur/unit]  freight per tonne [cur/t]  loss   min [unit/y]  max [unit/y]  first year  last year
  *          *     *    -                   50                         -      -             100000        -           -
  ore        COD   CHN  20                  -                          0.001  1             none          -           2034
  metal      *     EU   -                   -                          -      -             500           2030        -
Tariffs
  measure  commodity  from  to  rate  specific [cur/unit]  first year  last year
  duty     cell       CHN   EU  0.1   -                    -           -
  dumping  *          CHN   EU  -     5                    2030        -
Trade measures
  measure  commodity  from  to   kind          value  rate  first year  last year  in first year  announced
  stop     ore        COD   -    ban           -      -     2030        -          0.5            2028
  roof     metal      *     EU   quota         900    -     -           -          -              -
  step     metal      CHN   EU   tariff quota  100    0.2   -           -          -              -
  levy     ore        COD   *    tax           0.05   -     -           -          -              -
  keep     metal      CHN   *    share         0.8    -     -           -          -              -
Limits
  limit  commodity      basis       market  source country  by     exempt own  max share  min share  max [unit/y]  min [unit/y]  first year  last year  soft cost [cur/unit]  in shock
  65     metal          supply      EU      each            owner  yes         0.65       -          -             -             2030        -          -                     hold
  roof   cobalt/refine  production  -       CHN             -      -           -          -          90            -             -           -          1000                  -
  any    each           imports     each    *               -      -           0.9        0.01       -             -             -           -          10                    -
Concentration
  limit  commodity  basis   market  weight  max hhi [0-10000]
  even   metal      supply  EU      risk    9000
Benchmarks
  limit  commodity    basis       place  min share  max share  of commodity   of basis  of place  soft cost [cur/unit]
  home   cobalt/mine  production  EU     0.1        -          cobalt/refine  use       -         100
Mix
  commodity  process  country  min share  max share
  metal      refine   CHN      0.1        0.9
Growth
  process  country  max growth [1/y]  seed [unit/y/y]
  make     -        0.5               10
Subsidies
  measure  process  country  kind         value
  bonus    make     EU       capex share  0.2
Carbon
  country  kind   2025  2030
  EU       price  80    120
  *        cap    1e6   1e6
Observed
  commodity  country  partner  year  item        value
  metal      CHN      -        2024  production  100
  metal      EU       CHN      2024  imports     50
Scenarios
  scenario  operation  sheet      where                      column    value  first year  last year
  dear      multiply   Sites      country=COD|COD.CN         capacity  0.5    2030        -
  dear      set        Demand     commodity=cell; use=car    -         99     2030        2030
  worse     include    -          -                          -         dear   -           -
  worse     delete     Tariffs    measure=duty               -         -      -           -
  worse     insert     Lanes      commodity=ore; from=CHN; to=DEU  max  7     -           -
Sources
  source  citation           link  licence  accessed
  USGS    Geological Survey  -     public   2025-01-31
"""
