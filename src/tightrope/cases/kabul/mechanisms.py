"""The argument of the Kabul assessment, one sentence to a function.

Units. A push on a share is in log-odds per quarter, a push on an index in logarithms per quarter
(0.01 is about one per cent). Strengths are parameters; see parameters.yaml for their ranges and
where these come from. `more` and `less` below are about the whole range of what is read, 0 to 1.
"""

from tightrope.mechanism import derived, mechanism
from tightrope.theory import herfindahl, nash_bargain

OPEN_REGION = ("tie_beijing", "tie_moscow", "tie_gulf", "tie_central_asia_delhi")
"""Regional partners whose ties follow outreach. Islamabad's follow its own pressure instead."""

DISPUTES = ("border_dispute", "water_dispute", "migration_dispute")


# ---------------------------------------------------------------- derived quantities


@derived(label="Concentration on one partner", unit="points of 100")
def concentration(
    tie_tehran, tie_beijing, tie_moscow, tie_islamabad, tie_gulf, tie_central_asia_delhi, tie_west
):
    """Herfindahl-Hirschman index of the ties with seven partners: 14 if even, 100 if one."""
    return herfindahl(
        tie_tehran,
        tie_beijing,
        tie_moscow,
        tie_islamabad,
        tie_gulf,
        tie_central_asia_delhi,
        tie_west,
    )


@derived(label="Options", unit="points of 100")
def options(
    tie_tehran,
    tie_beijing,
    tie_moscow,
    tie_islamabad,
    tie_gulf,
    tie_central_asia_delhi,
    tie_west,
    concentration,
):
    """Mean tie over partners, the less the more the ties are concentrated on one of them."""
    ties = (
        tie_tehran
        + tie_beijing
        + tie_moscow
        + tie_islamabad
        + tie_gulf
        + tie_central_asia_delhi
        + tie_west
    )
    return ties / 7.0 * (1.0 - concentration)


@derived(label="Regional ties", unit="points of 100")
def regional_ties(tie_beijing, tie_moscow, tie_gulf, tie_central_asia_delhi):
    """Mean tie with Beijing, Moscow, the Gulf, and Central Asia and Delhi."""
    return (tie_beijing + tie_moscow + tie_gulf + tie_central_asia_delhi) / 4.0


@derived(label="Isolation", unit="points of 100")
def isolation(recognition, finance, western_channel):
    """What is missing of recognition, formal finance and open Western channels, on average."""
    return 1.0 - (recognition + finance + western_channel) / 3.0


@derived(label="Leverage of pressure", unit="points of 100")
def leverage(pressure, us_presence, leverage_alone):
    """How much of the pressure in force can be brought to bear, given military presence."""
    return pressure * (leverage_alone + (1.0 - leverage_alone) * us_presence)


@derived(label="Open disputes with Tehran", unit="points of 100")
def disputes(border_dispute, water_dispute, migration_dispute):
    """Mean of the border, water and migration disputes."""
    return (border_dispute + water_dispute + migration_dispute) / 3.0


@derived(label="Gap between words and deeds", unit="points of 100")
def words_deeds_gap(rhetoric, openness):
    """Square of how far harshness of words is from closedness of talks."""
    gap = rhetoric - (1.0 - openness)
    return gap * gap


@derived(label="Terms of engagement, Kabul's part", unit="points of 100")
def terms_of_engagement(options, durability, leverage, bargaining_power):
    """Generalised Nash bargain: what Kabul has without a deal is its options as far as it lasts,
    what Washington has without one is half its leverage, and bargaining power splits the rest."""
    return nash_bargain(options * durability, 0.5 * leverage, bargaining_power)


# ---------------------------------------------------------------- 1: what policy is for


@mechanism(passages=["1.1", "7.3"], sources=["neuenkirch_neumeier2015", "hufbauer2007"])
def isolation_holds_back_economy(pressure, isolation, pressure_on_economy, isolation_on_economy):
    """Pressure, non-recognition and closed finance hold the economy back.

    Passage 1.1. Sign: lowers. Sanctions are followed by lower growth on average (Neuenkirch and
    Neumeier 2015); by how much is disputed.
    """
    return {"economy": -pressure_on_economy * pressure - isolation_on_economy * isolation}


@mechanism(passages=["1.1"], sources=["neuenkirch_neumeier2015", "early2015"])
def pressure_and_standing_move_finance(
    pressure, recognition, western_channel, pressure_on_finance, standing_on_finance
):
    """Pressure shuts formal finance; recognition and open channels let it in.

    Passage 1.1. Signs: pressure lowers, recognition and channel raise.
    """
    standing = 0.5 * (recognition + western_channel)
    return {"finance": standing_on_finance * standing - pressure_on_finance * pressure}


@mechanism(passages=["1.1"], sources=["collier1999"])
def control_orders_the_economy(control, security, control_on_economy, security_on_economy):
    """Order helps the economy: control of territory and security let people work and trade.

    Passage 1.1. Sign: raises. War and disorder cost growth (Collier 1999).
    """
    return {"economy": control_on_economy * control + security_on_economy * security}


@mechanism(passages=["1.1"], sources=["miguel2004", "mampilly2011"])
def means_and_safety_make_cohesion(economy, security, economy_on_cohesion, security_on_cohesion):
    """A better economy and more security hold the movement and the country together.

    Passage 1.1. Sign: raises. Bad economic years breed conflict (Miguel et al. 2004); rebel
    rulers last by what they provide (Mampilly 2011). `economy` is an index, 1 in the reference.
    """
    return {"cohesion": economy_on_cohesion * economy + security_on_cohesion * security}


@mechanism(passages=["1.1", "6.3"], sources=["mampilly2011"])
def cohesion_holds_territory(
    cohesion, extremist_threat, security, cohesion_on_control, threat_on_control
):
    """A movement that holds together holds the territory; extremists contest it.

    Passage 1.1. Signs: cohesion and security raise, threat lowers.
    """
    return {
        "control": cohesion_on_control * 0.5 * (cohesion + security)
        - threat_on_control * extremist_threat
    }


@mechanism(passages=["1.2"], sources=["hurd1999"])
def criticism_signals_independence(
    rhetoric,
    alignment_exclusive,
    words_deeds_gap,
    words_on_independence,
    patron_damps_words,
    gap_on_independence,
):
    """Criticising Washington signals independence, less so beside one patron or unlike deeds.

    Passage 1.2. Sign: raises, but the reading of defiance is contested: it may look like weakness
    or like borrowed words. Damped by exclusive alignment; a gap of words and deeds lowers.
    """
    heard = rhetoric * (1.0 - patron_damps_words * alignment_exclusive)
    return {
        "independence_image": words_on_independence * heard - gap_on_independence * words_deeds_gap
    }


@mechanism(passages=["1.2", "2.3"], sources=["hirschman1945", "emerson1962"])
def dependence_shows(concentration, alignment_exclusive, dependence_on_image):
    """Leaning on one partner makes an image of dependency.

    Passages 1.2 and 2.3. Sign: lowers. Dependence on one partner is power for that partner
    (Hirschman 1945; Emerson 1962).
    """
    leaning = 0.5 * (concentration + alignment_exclusive)
    return {"independence_image": -dependence_on_image * leaning}


@mechanism(passages=["1.3", "3.1"], sources=["hufbauer2007", "drezner1999"])
def sanctions_make_pressure(sanctions, openness, sanctions_on_pressure, talks_on_pressure):
    """Sanctions put pressure in force; open talks soften how it is applied.

    Passage 1.3. Signs: sanctions raise, openness lowers.
    """
    return {"pressure": sanctions_on_pressure * sanctions - talks_on_pressure * openness}


@mechanism(passages=["1.3", "2.1"], sources=["pape1997", "drezner1999"])
def resistance_erodes_belief_in_coercion(
    rhetoric, endurance_belief, pressure, resistance_on_coercion_belief
):
    """Resistance talk under pressure, backed by belief in endurance, lowers Washington's belief.

    Passage 1.3. Sign: lowers, contested: defiance that is taken for bluff may feed the belief
    instead (Drezner 1999 against Pape 1997).
    """
    shown = rhetoric * endurance_belief * (0.5 + pressure)
    return {"coercion_belief": -resistance_on_coercion_belief * shown}


@mechanism(passages=["1.3", "3.1"], sources=["pape1997", "kydd2005"])
def washington_learns_from_conduct(rhetoric, openness, pressure, conduct_on_coercion_belief):
    """Washington reads Kabul's conduct under pressure as evidence of whether pressure works.

    Passage 1.3. Sign: softer conduct under pressure raises the belief, harder conduct lowers it
    (Bayesian: the push is a log-likelihood ratio).
    """
    softness = openness - rhetoric
    return {"coercion_belief": conduct_on_coercion_belief * pressure * softness}


@mechanism(passages=["1.3"], sources=["kydd2005", "hufbauer2007"])
def belief_keeps_pressure_up(coercion_belief, pressure_cost, belief_on_pressure):
    """Washington keeps up the pressure as far as it believes in it and it does not cost too much.

    Passage 1.3. Signs: belief raises, cost lowers.
    """
    return {"pressure": belief_on_pressure * (coercion_belief - pressure_cost)}


@mechanism(passages=["1.3", "3.1"], sources=["hufbauer2007", "drezner1999"])
def pressure_costs_who_applies_it(pressure, sanctions_maximum, us_presence, pressure_on_its_cost):
    """Pressure is paid for by the one who applies it, the more so at its maximum and with troops.

    Passages 1.3 and 3.1. Sign: raises the cost to Washington.
    """
    effort = 0.5 * pressure + 0.5 * sanctions_maximum + us_presence
    return {"pressure_cost": pressure_on_its_cost * effort}


@mechanism(passages=["1.3"], sources=["galtung1967", "mueller1970", "marinov2005"])
def pressure_rallies_or_divides_home(
    pressure, rhetoric, endurance_belief, rally_on_cohesion, endurance_on_cohesion
):
    """Pressure met with resistance talk rallies people at home, or wears them down.

    Passage 1.3. Sign contested: rally (Galtung 1967; Mueller 1970) against destabilisation
    (Marinov 2005). Belief that it can be endured raises cohesion under pressure.
    """
    return {
        "cohesion": rally_on_cohesion * pressure * rhetoric
        + endurance_on_cohesion * pressure * endurance_belief
    }


@mechanism(passages=["1.4", "2.3", "4.1"], sources=["early2015", "kuik2008"])
def outreach_builds_regional_ties(
    outreach, western_channel, regional_engagement, outreach_on_ties, closed_channel_substitution
):
    """Outreach builds ties in the region, more where partners respond and the West is closed.

    Passage 1.4. Sign: raises. Blocked trade finds other partners (Early 2015). The substitution
    is contested: a closed Western channel may also frighten partners off.
    """
    answered = outreach * (0.5 + 0.5 * regional_engagement)
    pull = 1.0 + closed_channel_substitution * (1.0 - western_channel)
    return dict.fromkeys(OPEN_REGION, outreach_on_ties * answered * pull)


@mechanism(passages=["1.4"], sources=["early2015"])
def regional_ties_stand_in_for_the_west(regional_ties, western_channel, substitution_on_economy):
    """Regional ties stand in for what closed Western channels no longer bring.

    Passage 1.4. Sign: ties raise the economy, the more so the more closed the Western channel is:
    the value of the regional option rises as the Western one closes.
    """
    closed = 1.0 - western_channel
    return {"economy": substitution_on_economy * regional_ties * closed}


@mechanism(passages=["1.5"], sources=["farrell_gibbons1989", "mueller1970"])
def home_hears_strength(rhetoric, cohesion, words_at_home):
    """At home the words are heard as strength, by those who already lean to the movement.

    Passage 1.5. Sign: raises, contested: people may also hear who will pay for it. Weighted by
    cohesion, this audience's own prior.
    """
    return {"cohesion": words_at_home * rhetoric * cohesion}


@mechanism(passages=["1.5", "2.3"], sources=["farrell_gibbons1989", "crawford_sobel1982"])
def region_hears_a_position(rhetoric, suspicion, alignment_exclusive, words_in_region):
    """In the region the words are heard as a position of one's own, less by those who suspect.

    Passages 1.5 and 2.3. Sign: raises regional ties, contested: partners who deal with Washington
    may keep away. Beside an exclusive patron the words are heard as his.
    """
    heard = rhetoric * (1.0 - suspicion) * (1.0 - 2.0 * alignment_exclusive)
    return dict.fromkeys(OPEN_REGION, words_in_region * heard)


# ---------------------------------------------------------------- 2: Tehran as model and neighbour


@mechanism(passages=["2.1"], sources=["simmons_elkins2004"])
def iran_teaches_endurance(iran_endurance, convergence, endurance_learning):
    """Iran's endurance under pressure teaches that coercion can be endured.

    Passage 2.1. Sign: raises; lessons pass more easily to those who share the words. Policies
    spread among those who watch one another (Simmons and Elkins 2004).
    """
    return {"endurance_belief": endurance_learning * iran_endurance * (0.5 + convergence)}


@mechanism(passages=["2.1"], sources=["simmons_elkins2004"])
def pressure_survived_is_a_lesson(pressure, economy, control, own_endurance_learning):
    """Having held out under pressure, with economy and control intact, teaches the same.

    Passage 2.1. Sign: raises, contested: pressure may also teach that it hurts. `economy` is an
    index, 1 in the reference quarter.
    """
    return {"endurance_belief": own_endurance_learning * pressure * 0.5 * (economy + control)}


@mechanism(passages=["2.1"], sources=["kuik2008"])
def praise_follows_usefulness(
    tie_tehran, tehran_security_tie, tehran_cooperation, usefulness_on_convergence
):
    """Praise of Tehran follows its usefulness.

    Passage 2.1. Sign: raises. For use rather than from creed: no mechanism moves convergence by
    creed.
    """
    useful = (tie_tehran + tehran_security_tie + tehran_cooperation) / 3.0
    return {"convergence": usefulness_on_convergence * useful}


@mechanism(passages=["2.1", "5.1"], sources=["walt1987"])
def shared_words_converge(rhetoric, alignment, words_on_convergence):
    """Harsh words toward Washington and alignment bring Kabul's discourse close to Tehran's.

    Passages 2.1 and 5.1. Sign: raises.
    """
    return {"convergence": words_on_convergence * 0.5 * (rhetoric + alignment)}


@mechanism(passages=["2.2", "6.1"], sources=["head_mayer2014"])
def tehran_offers_build_ties(
    tehran_cooperation, alignment, disputes, offers_on_ties, disputes_damp_offers
):
    """What Tehran offers becomes ties as far as Kabul takes it up, less where disputes are open.

    Passages 2.2 and 6.1. Sign: raises. Trade falls with distance (Head and Mayer 2014): the
    neighbour's offer counts in full.
    """
    taken = tehran_cooperation * (0.25 + 0.75 * alignment)
    push = offers_on_ties * taken * (1.0 - disputes_damp_offers * disputes)
    return {"tie_tehran": push, "tehran_security_tie": push}


@mechanism(passages=["2.2", "6.3"], sources=["hirschman1945", "hensel2008"])
def tehran_coercion_hurts(
    tehran_coercion, dispute_management, stick_on_economy, stick_on_disputes, management_damps_stick
):
    """Deportations, closed crossings and water disputes hurt, less where they are managed.

    Passage 2.2. Signs: economy lower, disputes and returns higher, routes less open. Whether
    coercion opens or closes a dispute is contested.
    """
    stick = tehran_coercion * (1.0 - management_damps_stick * dispute_management)
    return {
        "economy": -stick_on_economy * stick,
        "returns": 5.0 * stick_on_economy * stick,
        "trade_routes": -5.0 * stick_on_economy * stick,
        **dict.fromkeys(DISPUTES, stick_on_disputes * stick),
    }


@mechanism(passages=["2.2"], sources=["wb_aem", "head_mayer2014"])
def tehran_offers_move_trade(tehran_cooperation, alignment, offers_on_trade):
    """What Tehran offers in transit, fuel and goods moves trade at once, as far as it is taken up.

    Passage 2.2. Sign: raises. Tehran's offers move Kabul's payoffs by their nearness.
    """
    taken = tehran_cooperation * (0.25 + 0.75 * alignment)
    return {"trade": offers_on_trade * taken}


@mechanism(passages=["2.2", "5.1"], sources=["head_mayer2014"])
def distance_thins_western_offers(us_engagement, openness, offers_on_ties, distance_discount):
    """What Washington offers becomes ties too, thinned by distance, where Kabul's door is open.

    Passage 2.2. Sign: raises the tie with the West. The same strength as Tehran's offers, times
    what distance leaves of it.
    """
    return {
        "tie_west": offers_on_ties * (1.0 - distance_discount) * us_engagement * (0.25 + openness)
    }


@mechanism(passages=["2.3", "6.2"], sources=["walt1987", "kuik2008"])
def broad_outreach_reassures(outreach, alignment_exclusive, outreach_on_suspicion):
    """Many-sided outreach tells other powers that no pole is preferred, unless a patron belies it.

    Passage 2.3. Sign: outreach lowers suspicion, less or not at all under exclusive alignment.
    """
    return {"suspicion": -outreach_on_suspicion * outreach * (1.0 - alignment_exclusive)}


# ---------------------------------------------------------------- 3: pressure without presence


@mechanism(passages=["3.1", "3.3"], sources=["pape1997", "edelstein2008"])
def leverage_threatens_control(leverage, openness, leverage_on_control, talks_damp_leverage):
    """Leverage that can be brought to bear threatens control, less while talks are open.

    Passage 3.1. Sign: lowers control. Leverage grows with military presence (see `leverage`).
    """
    threat = leverage * (1.0 - talks_damp_leverage * openness)
    return {
        "control": -leverage_on_control * threat,
        "cohesion": -0.5 * leverage_on_control * threat,
    }


@mechanism(passages=["3.2", "5.2"], sources=["kydd2005", "axelrod1984"])
def channel_reads_words_and_deeds(
    rhetoric_critical,
    rhetoric_hostile,
    openness,
    counter_extremism,
    us_engagement,
    words_on_channel,
    deeds_on_channel,
    invitation_on_channel,
):
    """The channel opens with deeds and with Washington's own step, and suffers from hostile words;
    criticism that goes with restraint in deeds may be read as an invitation.

    Passages 3.2 and 5.2. Signs: deeds and engagement raise, words lower, the invitation is
    contested (it may be read as double talk).
    """
    deeds = 0.5 * (openness + counter_extremism)
    words = rhetoric_hostile + 0.4 * rhetoric_critical
    invitation = rhetoric_critical * deeds
    return {
        "western_channel": deeds_on_channel * (deeds + us_engagement)
        - words_on_channel * words
        + invitation_on_channel * invitation
    }


@mechanism(passages=["3.3", "4.2"], sources=["nash1950", "binmore1986", "emerson1962"])
def durability_and_options_make_power(
    durability, options, independence_image, durability_on_power, options_on_power
):
    """Being here to stay and having other options is bargaining power, the more so if independent.

    Passages 3.3 and 4.2. Sign: raises. Outside options and patience decide bargains (Binmore et
    al. 1986); options that a patron grants count for less (Emerson 1962).
    """
    return {
        "bargaining_power": durability_on_power * durability
        + options_on_power * options * (0.25 + independence_image)
    }


@mechanism(passages=["3.3"], sources=["binmore1986", "pape1997"])
def leverage_takes_power(leverage, economy, leverage_on_power, economy_on_power):
    """Leverage takes bargaining power away; a working economy gives it.

    Passage 3.3. Signs: leverage lowers, economy (an index) raises.
    """
    return {"bargaining_power": economy_on_power * economy - leverage_on_power * leverage}


# ---------------------------------------------------------------- 4: from vacuum to entity


@mechanism(passages=["4.1"], sources=["buzan_waever2003"])
def vacuum_is_filled(us_presence, regional_engagement, regional_ties, filling_of_vacuum):
    """The vacuum that the withdrawal left is filled by troops, or by the region's engagement.

    Passage 4.1. Sign: presence, engagement and ties lower the vacuum.
    """
    return {"vacuum": -filling_of_vacuum * (us_presence + regional_engagement + regional_ties)}


@mechanism(passages=["4.1"], sources=["buzan_waever2003"])
def vacuum_draws_powers_in(vacuum, regional_engagement, vacuum_on_ties):
    """A vacuum draws regional powers in, as far as they engage.

    Passage 4.1. Sign: raises regional ties.
    """
    return dict.fromkeys(
        (*OPEN_REGION, "tie_tehran"), vacuum_on_ties * vacuum * (0.5 + regional_engagement)
    )


@mechanism(passages=["4.1"], sources=["mampilly2011", "coggins2014"])
def control_and_cohesion_look_durable(
    control, cohesion, recognition, consolidation, control_on_durability, standing_on_durability
):
    """An actor that controls, coheres and is dealt with looks durable.

    Passage 4.1. Sign: raises.
    """
    return {
        "durability": control_on_durability * 0.5 * (control + cohesion)
        + standing_on_durability * 0.5 * (recognition + consolidation)
    }


@mechanism(passages=["4.1", "5.1"], sources=["byman2005", "cronin2009"])
def engaging_the_durable_pays(
    durability, us_engagement, regional_engagement, engagement_on_threat, engagement_on_trade
):
    """Working with whoever holds the ground curbs extremists and opens trade, if it will last.

    Passage 4.1. Signs: threat lower, trade higher, each in proportion to durability. That
    engagement curbs extremists is contested.
    """
    joint = durability * 0.5 * (us_engagement + regional_engagement)
    return {
        "extremist_threat": -engagement_on_threat * joint,
        "trade": engagement_on_trade * durability * regional_engagement,
    }


@mechanism(passages=["4.2"], sources=["emerson1962", "kinne2014"])
def power_draws_dealings(bargaining_power, regional_engagement, power_on_recognition):
    """Others deal with an actor that has bargaining power.

    Passage 4.2. Sign: raises recognition and the Western channel, more where the region engages:
    diplomatic ties follow those of others (Kinne 2014).
    """
    push = power_on_recognition * bargaining_power * (0.5 + 0.5 * regional_engagement)
    return {"recognition": push, "western_channel": push}


@mechanism(passages=["4.3"], sources=["mampilly2011", "hurd1999"])
def movement_becomes_entity(
    independence_image, control, recognition, regional_ties, normality_on_consolidation
):
    """A discourse of independence, administration of the land and a normal presence abroad turn a
    movement into an entity.

    Passage 4.3. Sign: raises.
    """
    normal = (independence_image + control + recognition + regional_ties) / 4.0
    return {"consolidation": normality_on_consolidation * normal}


@mechanism(passages=["4.3"], sources=["mampilly2011"])
def entity_coheres(consolidation, consolidation_on_cohesion):
    """What has become an entity holds together better.

    Passage 4.3. Sign: raises.
    """
    return {"cohesion": consolidation_on_cohesion * consolidation}


@mechanism(passages=["4.3"], sources=["fearon1994", "schelling1960"])
def harsh_words_draw_red_lines(rhetoric_critical, rhetoric_hostile, openness, words_on_red_lines):
    """Public criticism commits: it draws red lines that are dear to cross.

    Passage 4.3. Sign: raises, open talks lower.
    """
    said = rhetoric_hostile + 0.5 * rhetoric_critical - 0.5 * openness
    return {"red_lines": words_on_red_lines * said}


@mechanism(passages=["4.3"], sources=["schelling1960", "fearon1997"])
def red_lines_commit(red_lines, us_engagement, red_lines_on_power, red_lines_on_breakdown):
    """Red lines make terms firmer and breakdown likelier.

    Passage 4.3. Signs: bargaining power higher, contested (tied hands may have nothing to offer);
    breakdown higher, the more there is to break.
    """
    return {
        "bargaining_power": red_lines_on_power * red_lines,
        "breakdown": red_lines_on_breakdown * red_lines * (0.5 + us_engagement),
    }


@mechanism(passages=["4.3"], sources=["fearon1995"])
def breakdown_closes_the_channel(breakdown, breakdown_on_channel):
    """Talks that break down close the channel.

    Passage 4.3. Sign: lowers.
    """
    return {"western_channel": -breakdown_on_channel * breakdown}


# ---------------------------------------------------------------- 5: words, trust and finance


@mechanism(passages=["5.1", "5.2"], sources=["walt1987", "jervis1976"])
def words_and_alignment_look_like_an_axis(
    rhetoric_hostile,
    alignment_exclusive,
    convergence,
    confrontation,
    words_on_axis,
    alignment_on_axis,
):
    """Hostile words, shared discourse and exclusive alignment look like a confrontational axis,
    the more so the sharper the confrontation.

    Passages 5.1 and 5.2. Sign: raises.
    """
    said = 0.5 * (rhetoric_hostile + convergence)
    heat = 0.5 + confrontation
    return {
        "axis_perception": heat * (words_on_axis * said + alignment_on_axis * alignment_exclusive)
    }


@mechanism(passages=["5.1"], sources=["coggins2014", "kinne2014"])
def axis_and_words_slow_recognition(
    axis_perception, rhetoric_hostile, regional_engagement_normalise, axis_on_recognition,
    region_on_recognition,
):  # fmt: skip
    """Nearness to anti-American positions slows recognition; the region's own step speeds it.

    Passage 5.1. Signs: axis and hostile words lower, normalisation by the region raises.
    """
    nearness = 0.5 * (axis_perception + rhetoric_hostile)
    return {
        "recognition": region_on_recognition * regional_engagement_normalise
        - axis_on_recognition * nearness
    }


@mechanism(passages=["5.1"], sources=["alesina_dollar2000", "byman2005"])
def stability_keeps_the_channel(security, extremist_threat, stability_on_channel):
    """Stability and control of threats keep limited channels open: interests rule.

    Passage 5.1. Signs: security raises, extremist threat lowers.
    """
    return {"western_channel": stability_on_channel * (security - extremist_threat)}


@mechanism(passages=["5.2"], sources=["kydd2005", "jervis1976", "baumeister2001"])
def trust_weighs_words_and_deeds(
    rhetoric_critical,
    rhetoric_hostile,
    openness,
    counter_extremism,
    words_record,
    words_on_trust,
    deeds_on_trust,
    record_damps_deeds,
):
    """Western trust moves with deeds and, at a discount, with words; a record of harsh words makes
    deeds count for less.

    Passage 5.2. Signs: deeds raise, words lower. Pushes are log-likelihood ratios; costly deeds
    tell more than words (Kydd 2005). That a bad record damps good deeds (Baumeister et al. 2001)
    is contested here: deeds against expectation may also count for more.
    """
    deeds = 0.5 * (openness + counter_extremism)
    words = rhetoric_hostile + 0.4 * rhetoric_critical
    return {
        "western_trust": deeds_on_trust * deeds * (1.0 - record_damps_deeds * words_record)
        - words_on_trust * words
    }


@mechanism(passages=["5.2"], sources=["jervis1976"])
def harsh_words_are_remembered(rhetoric_critical, rhetoric_hostile, words_on_record):
    """Harsh words build a record that outlasts them.

    Passage 5.2. Sign: raises; the record fades slowly (see its reversion).
    """
    return {"words_record": words_on_record * (rhetoric_hostile + 0.4 * rhetoric_critical)}


@mechanism(passages=["5.2"], sources=["caldara_iacoviello2022"])
def record_and_axis_close_finance(
    words_record, axis_perception, record_on_finance, axis_on_finance, record_compounding
):
    """A persistent record of harsh words and a perceived axis keep banks and investors away.

    Passage 5.2. Sign: lowers. Whether persistence compounds (power above 1) or dulls (below 1) is
    left open. Geopolitical risk lowers investment (Caldara and Iacoviello 2022).
    """
    return {
        "finance": -record_on_finance * words_record**record_compounding
        - axis_on_finance * axis_perception
    }


@mechanism(passages=["5.2", "7.3"], sources=["alesina_dollar2000"])
def donors_follow_trust(western_trust, axis_perception, western_channel, trust_on_aid, axis_on_aid):
    """Donors give by need, but also by trust and politics.

    Passage 5.2. Signs: trust and channel raise aid, axis perception lowers it.
    """
    return {
        "aid": trust_on_aid * 0.5 * (western_trust + western_channel)
        - axis_on_aid * axis_perception
    }


# ---------------------------------------------------------------- 6: cooperation without alliance


@mechanism(passages=["6.1"], sources=["hensel2008", "zeitoun_warner2006"])
def management_settles_disputes(
    dispute_management, convergence, management_on_disputes, convergence_eases_talks
):
    """Active management settles disputes step by step; agreement in words eases the talks and
    settles nothing by itself.

    Passage 6.1. Sign: lowers all three disputes; convergence only multiplies management.
    """
    talks = dispute_management * (1.0 + convergence_eases_talks * convergence)
    return dict.fromkeys(DISPUTES, -management_on_disputes * talks)


@mechanism(passages=["6.1"], sources=["hensel2008"])
def open_disputes_erode_ties(disputes, disputes_on_ties):
    """Disputes left open erode the ties with Tehran.

    Passage 6.1. Sign: lowers economic and security ties.
    """
    push = -disputes_on_ties * disputes
    return {"tie_tehran": push, "tehran_security_tie": push}


@mechanism(passages=["6.1"], sources=["axelrod1984"])
def convergence_eases_cooperation(convergence, dispute_management, convergence_on_ties):
    """Agreement in words eases cooperation with Tehran as far as disputes are handled.

    Passage 6.1. Sign: raises ties, contested: words may be no more than words.
    """
    push = convergence_on_ties * convergence * dispute_management
    return {"tie_tehran": push, "tehran_security_tie": push}


@mechanism(passages=["6.2"], sources=["walt1987", "kuik2008"])
def closeness_alarms_others(
    alignment_exclusive, concentration, axis_perception, closeness_on_suspicion
):
    """Too close to one power alarms the others.

    Passage 6.2. Sign: raises suspicion (balance of threat, Walt 1987).
    """
    closeness = (alignment_exclusive + concentration + axis_perception) / 3.0
    return {"suspicion": closeness_on_suspicion * closeness}


@mechanism(passages=["6.2"], sources=["walt1987", "pape2005"])
def suspicion_costs_ties(suspicion, balancing, suspicion_on_ties, balancing_on_ties):
    """Those who suspect keep away, and balance.

    Passage 6.2. Signs: suspicion lowers regional ties; balancing lowers the tie with Tehran and,
    because it costs the balancer too, the regional ties a little.
    """
    return {
        **dict.fromkeys(
            OPEN_REGION, -suspicion_on_ties * suspicion - 0.3 * balancing_on_ties * balancing
        ),
        "tie_tehran": -balancing_on_ties * balancing,
        "suspicion": -balancing_on_ties * balancing,
    }


@mechanism(passages=["6.3"], sources=["byman2005", "cronin2009"])
def coordination_curbs_extremists(
    tehran_security_tie, rivalry, counter_extremism, coordination_on_threat, effort_on_threat
):
    """Security coordination and Kabul's own effort cut the extremist threat; rivalry wastes it.

    Passage 6.3. Sign: lowers. How far force and policing cut such threats is contested.
    """
    joint = tehran_security_tie * (1.0 - rivalry)
    return {
        "extremist_threat": -coordination_on_threat * joint - effort_on_threat * counter_extremism
    }


@mechanism(passages=["6.3"], sources=["byman2005"])
def effort_against_extremists_is_dear(counter_extremism, effort_on_cohesion, effort_on_cost):
    """Effort against extremists costs money and risks defections.

    Passage 6.3. Signs: cohesion lower, cost of security higher.
    """
    return {
        "cohesion": -effort_on_cohesion * counter_extremism,
        "security_cost": effort_on_cost * counter_extremism,
    }


@mechanism(passages=["6.3"], sources=["hensel2008", "zeitoun_warner2006"])
def technical_disputes_turn_political(
    disputes, dispute_management, tehran_coercion, hazard_of_politics
):
    """Disputes that are not managed turn from technical to political.

    Passage 6.3. Sign: raises, as a hazard that grows with how open they are.
    """
    unmanaged = disputes * (1.0 - dispute_management) + 0.5 * tehran_coercion
    return {"political_disputes": hazard_of_politics * unmanaged}


@mechanism(passages=["6.3"], sources=["walt1987"])
def political_disputes_feed_rivalry(
    political_disputes, proxy_competition, politics_on_rivalry, rivalry_on_ties, rivalry
):
    """Political disputes and proxies feed a hidden rivalry that undoes coordination.

    Passage 6.3. Signs: rivalry higher, security tie with Tehran lower.
    """
    return {
        "rivalry": politics_on_rivalry * 0.5 * (political_disputes + proxy_competition),
        "tehran_security_tie": -rivalry_on_ties * 0.5 * (rivalry + political_disputes),
    }


@mechanism(passages=["2.2", "6.1"], sources=["zeitoun_warner2006"])
def keeping_disputes_open_pays_at_home(dispute_management, disputes, yielding_on_cohesion):
    """Managing border, water and migration means giving something, which is paid for at home.

    Passage 6.1, the other side of it. Sign: management lowers cohesion, contested: what is settled
    may be welcome.
    """
    return {"cohesion": -yielding_on_cohesion * dispute_management * disputes}


# -------------------------------------------------------------- 7: confrontation, intervention, war


@mechanism(passages=["7.1"], sources=["regan2002", "byman2005"])
def confrontation_breeds_proxies(
    confrontation, alignment_exclusive, confrontation_on_proxies, alignment_amplifies
):
    """A sharper confrontation brings proxy competition, more so to those who are aligned.

    Passage 7.1. Sign: raises.
    """
    heat = confrontation * (1.0 + alignment_amplifies * alignment_exclusive)
    return {"proxy_competition": confrontation_on_proxies * heat}


@mechanism(passages=["7.1", "7.3"], sources=["glick_taylor2010"])
def confrontation_closes_routes(
    confrontation,
    confrontation_war,
    alignment_exclusive,
    confrontation_on_routes,
    alignment_amplifies,
):
    """A sharper confrontation closes trade routes, war most of all.

    Passage 7.1. Sign: lowers. War cuts trade, also of bystanders (Glick and Taylor 2010).
    """
    heat = (confrontation + confrontation_war) * (1.0 + alignment_amplifies * alignment_exclusive)
    return {"trade_routes": -confrontation_on_routes * heat}


@mechanism(passages=["7.1"], sources=["salehyan_gleditsch2006", "byman2005"])
def confrontation_spills_over(
    confrontation, alignment_exclusive, confrontation_on_threat, alignment_amplifies
):
    """A sharper confrontation spills over as extremist recruitment and infiltration.

    Passage 7.1. Sign: raises, contested: a busy Iran may also mean fewer fighters here.
    """
    heat = confrontation * (1.0 + alignment_amplifies * alignment_exclusive)
    return {"extremist_threat": confrontation_on_threat * heat}


@mechanism(passages=["7.1", "6.3"], sources=["regan2002"])
def proxies_and_extremists_cost_security(
    proxy_competition, extremist_threat, control, threat_on_security, control_on_security
):
    """Proxies and extremists make the country less secure, control of territory more.

    Passage 7.1. Signs: threats lower, control raises.
    """
    threat = 0.5 * (proxy_competition + extremist_threat)
    return {"security": control_on_security * control - threat_on_security * threat}


@mechanism(passages=["7.1"], sources=["miguel2004"])
def lost_routes_strain_security(trade_routes, economy, routes_on_security):
    """Closed routes and lost income strain security.

    Passage 7.1. Signs: open routes and a better economy (an index) raise security.
    """
    return {"security": routes_on_security * 0.5 * (trade_routes + economy)}


@mechanism(passages=["7.2"], sources=["edelstein2008", "pape2003", "condra_shapiro2012"])
def presence_breeds_resistance(
    us_presence, presence_on_security, presence_on_cost, presence_on_threat
):
    """Foreign troops bring capability and resistance, and raise the cost of security.

    Passage 7.2. Security and threat are contested: troops may protect or provoke (Edelstein
    2008; Pape 2003; Condra and Shapiro 2012). Cost of security: raises.
    """
    return {
        "security": presence_on_security * us_presence,
        "extremist_threat": presence_on_threat * us_presence,
        "security_cost": presence_on_cost * us_presence,
    }


@mechanism(passages=["7.2"], sources=["buzan_waever2003", "lake_morgan1997"])
def region_builds_arrangements(regional_engagement, outreach, suspicion, balance_on_arrangement):
    """Regional arrangements grow where Kabul reaches out, the region engages and nobody suspects.

    Passage 7.2. Sign: raises, suspicion lowers.
    """
    return {
        "arrangement": balance_on_arrangement * (0.5 * (regional_engagement + outreach) - suspicion)
    }


@mechanism(passages=["7.2"], sources=["lake_morgan1997"])
def arrangements_cheapen_security(
    arrangement, alignment_exclusive, arrangement_on_cost, arrangement_on_security
):
    """Regional arrangements make security cheaper and better, if nobody is fully aligned.

    Passage 7.2. Signs: cost lower, security higher; both vanish under exclusive alignment.
    """
    balanced = arrangement * (1.0 - alignment_exclusive)
    return {
        "security_cost": -arrangement_on_cost * balanced,
        "security": arrangement_on_security * balanced,
    }


@mechanism(passages=["7.2"], sources=["collier1999"])
def insecurity_is_dear(
    security, extremist_threat, security_cost, insecurity_on_cost, cost_on_economy
):
    """Insecurity raises the cost of security, and that cost is taken from the economy.

    Passage 7.2. Signs: as said.
    """
    return {
        "security_cost": insecurity_on_cost * (extremist_threat - security),
        "economy": -cost_on_economy * security_cost,
    }


@mechanism(passages=["7.3"], sources=["glick_taylor2010", "head_mayer2014"])
def routes_and_ties_carry_trade(
    trade_routes, tie_tehran, tie_islamabad, regional_ties, finance, routes_on_trade, ties_on_trade
):
    """Trade moves along open routes, with partners one has ties with, and with means to pay.

    Passage 7.3. Sign: raises. Neighbours count most.
    """
    ties = (tie_tehran + tie_islamabad + regional_ties + finance) / 4.0
    return {"trade": routes_on_trade * trade_routes + ties_on_trade * ties}


@mechanism(passages=["7.3"], sources=["glick_taylor2010"])
def war_hits_trade_and_aid(
    confrontation_war, alignment_exclusive, war_on_trade, war_on_aid, alignment_amplifies
):
    """A large war next door cuts trade and diverts aid, more so for those who are aligned.

    Passage 7.3. Signs: trade and aid lower.
    """
    hit = confrontation_war * (1.0 + alignment_amplifies * alignment_exclusive)
    return {"trade": -war_on_trade * hit, "aid": -war_on_aid * hit}


@mechanism(passages=["7.3"], sources=["salehyan_gleditsch2006"])
def war_and_pressure_drive_returns(
    confrontation_war, islamabad_pressure, migration_dispute, push_on_returns
):
    """War in Iran, pressure from Islamabad and an open migration dispute drive people back.

    Passage 7.3. Sign: raises the flow of returns (an index).
    """
    return {
        "returns": push_on_returns * (confrontation_war + islamabad_pressure + migration_dispute)
    }


@mechanism(passages=["7.3"], sources=["salehyan_gleditsch2006"])
def returns_strain(returns, returns_on_economy, returns_on_security):
    """Many returns at once strain economy and security.

    Passage 7.3. Signs: security lower; economy contested (people also bring hands and savings).
    `returns` is an index, 1 in the reference quarter.
    """
    return {"economy": -returns_on_economy * returns, "security": -returns_on_security * returns}


@mechanism(passages=["7.3"], sources=["collier1999", "wb_aem"])
def trade_and_aid_feed_economy(trade, aid, trade_on_economy, aid_on_economy):
    """Trade and aid feed the economy.

    Passage 7.3. Sign: raises; all three are indices.
    """
    return {"economy": trade_on_economy * trade + aid_on_economy * aid}


@mechanism(passages=["7.1", "7.3"], sources=["wb_aem"])
def islamabad_closes_the_border(
    islamabad_pressure,
    extremist_threat,
    pressure_on_routes,
    pressure_on_tie_islamabad,
    pressure_on_threat,
):
    """Islamabad's pressure closes crossings, costs ties, and curbs militants or feeds them.

    Passages 7.1 and 7.3, for the actor beside the assessment's main line. Signs: routes, tie and
    security lower; the threat contested. Crossings were closed from mid-October 2025 (World Bank).
    """
    return {
        "trade_routes": -pressure_on_routes * islamabad_pressure,
        "tie_islamabad": -pressure_on_tie_islamabad * (islamabad_pressure + extremist_threat),
        "security": -0.5 * pressure_on_routes * islamabad_pressure,
        "extremist_threat": -pressure_on_threat * islamabad_pressure,
    }


@mechanism(passages=["7.1"], sources=["early2015", "wb_aem"])
def trade_is_rerouted(regional_ties, tie_tehran, ties_on_routes):
    """Ties in the region open other routes when one is closed.

    Passages 1.4 and 7.1. Sign: raises. Goods went through Iran and Central Asia when the crossings
    with Pakistan were closed (World Bank, late 2025).
    """
    return {"trade_routes": ties_on_routes * 0.5 * (regional_ties + tie_tehran)}
