"""Indexes that a first load of a million people fills in the order of its rows.

Revision: 0005, after 0004
"""

from alembic import op

from migrations import append_only, columns

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _name_index()
    _consents()


def _name_index() -> None:
    op.add_column("people", columns.text("search_words", null=True))
    op.execute(
        "UPDATE people SET search_words = (SELECT names FROM person_words "
        "WHERE person_words.person_id = people.id AND person_words.word = '')"
    )
    op.drop_index("ix_person_words_person_id", "person_words")


def _consents() -> None:
    """A statement is one of its person's: by that it is found, and told from others."""
    op.drop_index("ix_consents_person_id", "consents")
    append_only.unprotect("consents")
    naming = {"uq": "uq_%(table_name)s_%(column_0_N_name)s"}
    with op.batch_alter_table("consents", naming_convention=naming) as consents:
        consents.drop_constraint("uq_consents_digest", type_="unique")
        consents.create_unique_constraint("uq_consents_person_id_digest", ["person_id", "digest"])
    append_only.protect("consents")
