"""Amounts in Chinese capitals 大写金额, as claims and receipts bear them (《支付结算办法》附件一, 正确填写票据和结算凭证的基本规定)."""

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")


def in_capitals(amount: float) -> str:
    """An amount in CNY below 10 ** 16 in Chinese capitals.

    >>> in_capitals(1409.50), in_capitals(6007.14), in_capitals(107000.53), in_capitals(1680.32)
    ('人民币壹仟肆佰零玖元伍角整', '人民币陆仟零柒元壹角肆分', '人民币壹拾万柒仟元零伍角叁分', '人民币壹仟陆佰捌拾元零叁角贰分')
    >>> in_capitals(0), in_capitals(0.05), in_capitals(-20), in_capitals(100000000)
    ('人民币零元整', '人民币伍分', '人民币负贰拾元整', '人民币壹亿元整')
    """
    hundredths = round(abs(amount) * 100 + 1e-6)
    whole, jiao, fen = hundredths // 100, hundredths // 10 % 10, hundredths % 10
    if whole >= 10**16:
        raise ValueError(f"{amount} is too large to be written in capitals")
    said = f"{_whole(whole)}元" if whole else ""
    if jiao:
        said += ("零" if whole and whole % 10 == 0 else "") + f"{_DIGITS[jiao]}角"
    if fen:
        said += ("零" if whole and not jiao else "") + f"{_DIGITS[fen]}分"
    if not said:
        said = "零元"
    return "人民币" + ("负" if amount < 0 and hundredths else "") + said + ("" if fen else "整")


def _whole(number: int) -> str:
    """A whole number from 1 on; zeros between digits are said once, those at the end of a group of four not at all."""
    said, zero = "", False
    groups = [number // 10**n % 10_000 for n in range(0, 16, 4)]
    for place in range(3, -1, -1):
        group = groups[place]
        for at in range(3, -1, -1):
            digit = group // 10**at % 10
            if digit:
                said += ("零" if zero and said else "") + _DIGITS[digit] + _PLACES[at]
                zero = False
            else:
                zero = True
        if group:
            said += _GROUPS[place] if place < 3 else "万亿" if not groups[2] else "万"
            zero = zero and group % 10 != 0
    return said
