package dev.weir.engine.memory;

import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A part that is a fraction of something, within bounds.
 *
 * @param key of the fraction
 * @param presence who says the fraction
 * @param usual the fraction where the key is not set
 */
public record Share(String key, double fraction, Setting.Presence presence, double usual, Setting min, Setting max) {
    private static final BigDecimal LONG_MAX = BigDecimal.valueOf(Long.MAX_VALUE);

    /** A fraction that no keys bound. */
    public static Share unbounded(String key, double fraction, Setting.Presence presence, double usual) {
        return new Share(key, fraction, presence, usual, Setting.unset(""), Setting.byDefault("", Long.MAX_VALUE));
    }

    private boolean isGiven() {
        return presence == Setting.Presence.GIVEN;
    }

    /** Keeps what the user has set, and is as given here otherwise. */
    Share orProfile(double other, long minBytes, long maxBytes) {
        Setting least = min.orProfile(minBytes);
        Setting most = max.orProfile(maxBytes);
        return new Share(
                key,
                isGiven() ? fraction : other,
                isGiven() ? presence : Setting.Presence.PROFILE,
                usual,
                most.isGiven() && !least.isGiven() ? least.orProfile(Math.min(minBytes, most.bytes())) : least,
                least.isGiven() && !most.isGiven() ? most.orProfile(Math.max(maxBytes, least.bytes())) : most);
    }

    /** This fraction of {@code base}. */
    Sized of(String name, long base) {
        check();
        return bounded(name, times(base, fraction));
    }

    /** What stands beside {@code others} if this is the fraction of both together. */
    Sized beside(String name, long others) {
        check();
        return bounded(name, times(others, fraction / (1 - fraction)));
    }

    /** Holds what is left for this part to its bounds. */
    void check(BudgetException.Kind kind, String name, long rest, List<Remedy> remedies) {
        check();
        if (rest >= min.bytes() && rest <= max.bytes()) {
            return;
        }
        boolean few = rest < min.bytes();
        Setting bound = few ? min : max;
        throw new Contradiction(
                kind,
                "what is left for the " + name + " is " + Bytes.text(rest) + (few ? " < " : " > ") + bound.text(),
                Remedy.and(remedies, List.of(Remedy.set(bound.key(), bound.bytes(), rest))));
    }

    private void check() {
        if (min.bytes() > max.bytes()) {
            throw new Contradiction(
                    BudgetException.Kind.SHARE,
                    min.text() + " > " + max.text(),
                    List.of(
                            Remedy.set(max.key(), max.bytes(), min.bytes()),
                            Remedy.set(min.key(), min.bytes(), max.bytes())));
        }
        if (!(fraction >= 0 && fraction < 1)) {
            throw new Contradiction(
                    BudgetException.Kind.SHARE,
                    key + "=" + (float) fraction + " is not in [0, 1)",
                    List.of(new Remedy.Set(new Change.Fraction(key, usual), 0)));
        }
    }

    private Sized bounded(String of, long bytes) {
        @Nullable Setting bound = bytes > max.bytes() ? max : bytes < min.bytes() ? min : null;
        return new Sized(
                bound == null ? bytes : bound.bytes(),
                new Origin.Fraction(
                        key + presence.suffix(),
                        fraction,
                        of,
                        bound == null ? "" : bound.key() + bound.presence().suffix()));
    }

    /** By decimal digits, as Flink: a product of doubles would differ by bytes. */
    private static long times(long base, double factor) {
        BigDecimal product = BigDecimal.valueOf(base).multiply(BigDecimal.valueOf(factor));
        if (product.compareTo(LONG_MAX) > 0) {
            throw new ArithmeticException("overflow");
        }
        return product.longValue();
    }

    Share with(Change change) {
        boolean changed = change instanceof Change.Fraction other && other.key().equals(key);
        return new Share(
                key,
                changed ? ((Change.Fraction) change).fraction() : fraction,
                changed ? Setting.Presence.GIVEN : presence,
                usual,
                min.with(change),
                max.with(change));
    }
}
