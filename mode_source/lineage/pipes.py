"""BigQuery's pipe operators that sqlglot does not read, in terms of those that it does.

https://cloud.google.com/bigquery/docs/reference/standard-sql/pipe-syntax
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot.tokens import Token, TokenType  # type: ignore[attr-defined]

_LEFT_AS_THEY_ARE = {"WINDOW": "EXTEND"}


def without_pipes(tokens: list[Token]) -> list[Token]:
    """The tokens with `SET`, `DROP`, `RENAME`, `DISTINCT`, `ASSERT` and `WINDOW` written as `SELECT` and `EXTEND`."""
    if not any(token.token_type == TokenType.PIPE_GT for token in tokens):
        return tokens
    stages = list(_stages(tokens))
    if stages[0] and stages[0][0].token_type == TokenType.SELECT:  # a query in front of the first pipe
        first = stages[0][0]
        before = [_made("FROM", TokenType.FROM, first), _made("(", TokenType.L_PAREN, first)]
        stages[0] = [*before, *stages[0], _made(")", TokenType.R_PAREN, first)]
    return [token for stage in stages for token in _rewritten(stage)]


def _made(text: str, kind: TokenType, like: Token) -> Token:
    """A token that the text does not have, at the place of another."""
    return Token(kind, text, like.line, like.col, like.start, like.end)


def _stages(tokens: list[Token]) -> Iterator[list[Token]]:
    stage: list[Token] = []
    for token in tokens:
        if token.token_type == TokenType.PIPE_GT:
            yield stage
            stage = []
        stage.append(token)
    yield stage


def _rewritten(stage: list[Token]) -> list[Token]:
    """One stage, its `|>` in front."""
    if len(stage) < 2 or stage[0].token_type != TokenType.PIPE_GT:
        return stage
    pipe, operator, *rest = stage
    end = _end(rest)
    rest, after = rest[:end], rest[end:]

    def made(text: str, kind: TokenType) -> Token:
        return _made(text, kind, operator)

    word = operator.text.upper()
    select = [made("SELECT", TokenType.SELECT), made("*", TokenType.STAR)]
    left, right = made("(", TokenType.L_PAREN), made(")", TokenType.R_PAREN)
    if word == "DROP":
        return [pipe, *select, made("EXCEPT", TokenType.EXCEPT), left, *rest, right, *after]
    if word == "RENAME":
        return [pipe, *select, made("RENAME", TokenType.RENAME), left, *rest, right, *after]
    if word == "SET":
        pairs: list[Token] = []
        for name, value in _assignments(rest):
            pairs += [made(",", TokenType.COMMA)] if pairs else []
            pairs += [*value, made("AS", TokenType.ALIAS), *name]
        return [pipe, *select, made("REPLACE", TokenType.REPLACE), left, *pairs, right, *after]
    if word == "DISTINCT" and not rest:
        return [pipe, made("SELECT", TokenType.SELECT), operator, made("*", TokenType.STAR), *after]
    if word == "ASSERT":
        return after
    if word in _LEFT_AS_THEY_ARE:
        return [pipe, made(_LEFT_AS_THEY_ARE[word], TokenType.VAR), *rest, *after]
    return stage


def _end(tokens: list[Token]) -> int:
    """Where a stage ends that stands in brackets."""
    depth = 0
    for index, token in enumerate(tokens):
        depth += (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)
        if depth < 0:
            return index
    return len(tokens)


def _assignments(tokens: list[Token]) -> Iterator[tuple[list[Token], list[Token]]]:
    """`a = x, b = y`: names and values."""
    part: list[Token] = []
    depth = 0
    for token in [*tokens, None]:
        if token is None or (token.token_type == TokenType.COMMA and not depth):
            equals = next((i for i, t in enumerate(part) if t.token_type == TokenType.EQ), None)
            if equals is not None:
                yield part[:equals], part[equals + 1 :]
            part = []
            continue
        depth += (token.token_type in (TokenType.L_PAREN, TokenType.L_BRACKET)) - (
            token.token_type in (TokenType.R_PAREN, TokenType.R_BRACKET)
        )
        part.append(token)
